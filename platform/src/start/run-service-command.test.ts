import { expect, it } from '@jest/globals';
import { chooseService, servicesWithProgram } from './run-service-command.ts';

it('chooses the service that the arguments name, or the first service', () => {
  const names = ['accounts', 'catalog'];
  const from = ['--from', '2026-01-31T00:00:00Z'];
  expect(chooseService(from, names)).toEqual({ service: 'accounts', args: from });
  expect(chooseService(['catalog', ...from], names)).toEqual({ service: 'catalog', args: from });
  expect(chooseService([], names)).toEqual({ service: 'accounts', args: [] });
  expect(() => chooseService(['activity', ...from], names)).toThrow('Name one of these services: accounts, catalog');
});

it('lists accounts first among the services that can replay events', () => {
  expect(servicesWithProgram('replay-events')[0]).toBe('accounts');
});
