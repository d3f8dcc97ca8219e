import { servicesWith, type ServiceName } from '../services.ts';

/** The URL of a service's database: the given one for the first service with MongoDB, and a database named like the service for others. */
export function mongoUrlOf(service: ServiceName, { url }: { url: string }): string {
  if (servicesWith('mongo').indexOf(service) < 1) return url;
  return url.replace(/^([^:]+:\/\/[^/?]+)(\/[^?]*)?/, `$1/${service}`);
}
