import type { z } from 'zod';
import { defaultOf, descriptionOf, isOptional, isOwnPerService, isSecret, shapeOf } from './setting-marks.js';
import { ownSettingName, settingName } from './setting-name.js';

/**
 * Returns the table of settings for a README, in Prettier's format. With `service: 'gateway'`, the table lists the port
 * as `GATEWAY_PORT`.
 */
export function settingsTable(schema: z.ZodObject, { service }: { service?: string } = {}): string {
  const settings = Object.entries(shapeOf(schema)).map(([key, setting]) => {
    const name = service && isOwnPerService(setting) ? ownSettingName(service, key) : settingName(key);
    return [`\`${name}\``, defaultText(setting), descriptionOf(setting)].map(cellText);
  });
  return markdownTable([['Setting', 'Default', 'Meaning'], ...settings]);
}

function defaultText(setting: z.core.$ZodType): string {
  const value = defaultOf(setting);
  if (value === undefined) return isOptional(setting) ? 'none' : '**required**';
  if (isSecret(setting)) return 'hidden';
  const shown = Array.isArray(value) ? value.join(',') : `${value as string | number | boolean}`;
  return shown === '' ? 'empty' : `\`${shown}\``;
}

function cellText(cell: string): string {
  return cell.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}

function markdownTable(rows: readonly string[][]): string {
  const widths = [0, 1, 2].map((column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill = ' ') =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line([], '-'), ...body.map((row) => line(row))].join('\n');
}
