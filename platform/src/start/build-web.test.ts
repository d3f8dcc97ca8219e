import { describe, expect, it } from '@jest/globals';
import { refusePath } from './build-web.ts';

describe('the path of a checkout', () => {
  it.each(['/srv/ada/c#/mainstay', '/srv/ada/what?/mainstay'])('%s is refused with a sentence', (path) => {
    expect(() => refusePath(path)).toThrow(/^The web interface cannot be built below .*Move the project/);
  });

  it.each(['/srv/ada/mainstay', '/srv/ada/ä ö%20&(1)/mainstay'])('%s can be used', (path) => {
    expect(() => refusePath(path)).not.toThrow();
  });
});
