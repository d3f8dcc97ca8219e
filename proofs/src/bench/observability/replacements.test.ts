import { describe, expect, it } from '@jest/globals';
import * as logging from '@mainstay/logging';
import * as metrics from '@mainstay/metrics';
import * as noLogging from './no-logging.ts';
import * as noMetrics from './no-metrics.ts';
import * as onlyContext from './only-context.ts';

/** `satisfies` makes the compiler report an export that is missing or has another type. */
const replacements = {
  'no-logging': { names: noLogging satisfies typeof logging, original: logging },
  'only-context': { names: onlyContext satisfies typeof logging, original: logging },
  'no-metrics': { names: noMetrics satisfies typeof metrics, original: metrics },
};

describe.each(Object.entries(replacements))('%s', (_file, { names, original }) => {
  it('has every export of the package that it replaces', () => {
    expect(Object.keys(names).sort()).toEqual(Object.keys(original).sort());
  });
});
