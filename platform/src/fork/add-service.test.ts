import { describe, expect, it } from '@jest/globals';
import { root } from '../root.ts';
import { planService } from './add-service.ts';

describe('planService', () => {
  it.each(['none', 'postgres', 'mongo'] as const)(
    'copies the template for %s under the new name, and adds the service to services.ts and to the routes of the gateway',
    async (store) => {
      const files = await planService(root, { name: 'specimen', store });
      const own = [...files].filter(([path]) => path.startsWith('services/specimen/') || path.startsWith('e2e/'));
      expect(own.length).toBeGreaterThan(10);
      for (const [path, text] of own) expect(`${path}\n${text}`).not.toMatch(/template|3099|3999/i);
      expect(files.has('e2e/specimen.test.ts')).toBe(true);
      expect(files.get('services/gateway/src/routes.ts')).toContain(`upstream: 'specimen', access: 'session'`);
      expect(files.get('platform/src/services.ts')).toMatch(/specimen: \{\n {4}port: \d{4},/);
    },
  );

  it('lists the files that use the new name as a common word, so that the check of service names accepts them', async () => {
    const files = await planService(root, { name: 'spellings', store: 'none' });
    expect(files.get('docs/decisions/0029-one-list-of-services.md')).toContain(
      '| `platform/src/fork/forms.ts` | the word "spellings", not the service |\n',
    );
  });

  it('refuses a store without a template', async () => {
    const store = 'sqlite' as 'none';
    await expect(planService(root, { name: 'specimen', store })).rejects.toThrow('"sqlite" is not a store');
  });

  it.each(['Specimen', 'a-b', 'ab', 'gateway', 'template', 'redis', 'events', 'story'])(
    'refuses the name %s',
    async (name) => {
      await expect(planService(root, { name, store: 'none' })).rejects.toThrow(`"${name}" cannot be the name`);
    },
  );
});
