import type { AnyFamily, TotalsFamily } from './families.js';

/** Version of the JSON format of files and reports. The metrics page omits workers that use a different version. */
const FORMAT = 1;

/**
 * The metrics of one worker. In the file `totals.json`, a report contains only counters and histograms. A report that a
 * worker sends through a socket also contains gauges.
 */
export interface Report {
  worker: string;
  /** Number of the report. A higher number means a later report of the worker. */
  sequence: number;
  /** Whether this is the worker's final report. */
  ended: boolean;
  families: AnyFamily[];
}

/** The sums of the counters and histograms of ended workers. */
export interface Retired {
  /**
   * Ended workers whose folders may still exist. `families` already includes these workers, so do not add their reports
   * again.
   */
  workers: string[];
  families: TotalsFamily[];
}

/** @throws SyntaxError or TypeError if the text is not a report */
export function parseReport(text: string): Report {
  const content = parse(text) as Partial<Report>;
  if (typeof content.worker !== 'string' || typeof content.sequence !== 'number') throw new TypeError('no report');
  return content as Report;
}

/** @throws SyntaxError or TypeError if the text is not the content of the file `retired.json` */
export function parseRetired(text: string): Retired {
  const content = parse(text) as Partial<Retired>;
  if (!isListOf(content.workers, isText)) throw new TypeError('no list of workers');
  return content as Retired;
}

export function stringify(content: Report | Retired): string {
  return JSON.stringify({ format: FORMAT, ...content });
}

function parse(text: string): object {
  const content = JSON.parse(text) as { format?: unknown; families?: unknown } | null;
  if (content?.format !== FORMAT) throw new TypeError('an unknown format');
  if (!isListOf(content.families, isFamily)) throw new TypeError('no metrics');
  return content;
}

function isFamily({ name, help, type, bounds, series }: Fields): boolean {
  if (!isText(name) || !isText(help)) return false;
  if (type === 'histogram') return isListOf(bounds, isNumber) && isListOf(series, isDistribution);
  return (type === 'counter' || type === 'gauge') && isListOf(series, isSeries);
}

type Fields = Record<string, unknown>;
const isSeries = ({ labels, value }: Fields) => isLabels(labels) && isNumber(value);
const isDistribution = ({ labels, counts, count, sum }: Fields) =>
  isLabels(labels) && isListOf(counts, isNumber) && isNumber(count) && isNumber(sum);
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number';
const isLabels = (value: unknown) => typeof value === 'object' && value !== null && Object.values(value).every(isText);

/** @throws TypeError if an item is null and `isItem` reads its fields */
function isListOf<Item>(list: unknown, isItem: (item: Item) => boolean): boolean {
  return Array.isArray(list) && (list as Item[]).every(isItem);
}
