import { describe, expect, it } from '@jest/globals';
import { root } from '../root.ts';
import { planService } from './add-service.ts';

describe('planService', () => {
  it('copies the template under the new name, and names the service in every file that is not generated', async () => {
    const files = await planService(root, { name: 'catalog', store: 'none' });
    const own = [...files].filter(([path]) => path.startsWith('services/catalog/'));
    expect(own.length).toBeGreaterThan(10);
    for (const [path, text] of own) expect(`${path}\n${text}`).not.toMatch(/template|3099|3999/i);
    expect(files.get('services/gateway/src/routes.ts')).toContain(`upstream: 'catalog', access: 'session'`);
    expect(files.get('platform/src/services.ts')).toMatch(/catalog: \{\n {4}port: \d{4},/);
  });

  it.each(['Catalog', 'a-b', 'ab', 'gateway', 'template', 'redis', 'events'])('refuses the name %s', async (name) => {
    await expect(planService(root, { name, store: 'none' })).rejects.toThrow(`"${name}" cannot be the name`);
  });
});
