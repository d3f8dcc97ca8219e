export {
  openLogShipping,
  type DropReason,
  type LogShipping,
  type LogShippingOptions,
  type ShippingCounts,
  type ShippingObserver,
} from './open-log-shipping.js';
export type { ShippingLevel } from './shipping-transport.js';
