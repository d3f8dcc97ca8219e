/**
 * prom-client registers its default metrics all at once or, by these modules, one by one. One by one, since three of them are
 * gauges whose names end in `_total`, and two hold an observer that nothing can stop (and count one garbage collection of a batch).
 */
declare module 'prom-client/lib/metrics/*.js' {
  import type { Registry } from 'prom-client';
  const register: (registry: Registry) => void;
  export { register as default };
}
