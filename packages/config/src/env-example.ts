import type { z } from 'zod';
import { defaultOf, descriptionOf, isOptional, isOwnPerService, isSecret, shapeOf } from './setting-marks.js';
import { ownSettingName, settingName } from './setting-name.js';

interface ServiceSchema {
  service: string;
  schema: z.ZodObject;
}

interface Entry {
  service: string;
  name: string;
  /** True for a required setting or a secret. The example puts these only into the service's own file. */
  isPrivate: boolean;
  text: string;
}

/** Returns the text of the example `.env` files, without any secret. */
export function envExample(schemas: readonly ServiceSchema[]): string {
  const entries = schemas.flatMap(({ service, schema }) =>
    Object.entries(shapeOf(schema)).map(([key, setting]) => entryOf(service, key, setting)),
  );
  const isShared = ({ name, service, isPrivate }: Entry) =>
    !isPrivate && entries.some((other) => other.name === name && other.service !== service);
  const shared = new Map(entries.filter(isShared).map((entry) => [entry.name, entry]));
  const sections: [string, Entry[]][] = [
    ['.env, which every service reads', [...shared.values()]],
    ...schemas.map(({ service }): [string, Entry[]] => [
      `.env.${service}`,
      entries.filter((entry) => entry.service === service && !isShared(entry)),
    ]),
  ];
  return sections.map(([title, part]) => [`## ${title}`, ...part.map(({ text }) => text)].join('\n\n')).join('\n\n');
}

function entryOf(service: string, key: string, setting: z.core.$ZodType): Entry {
  const name = isOwnPerService(setting) ? ownSettingName(service, key) : settingName(key);
  const isRequired = defaultOf(setting) === undefined && !isOptional(setting);
  const description = descriptionOf(setting).replace(/\s+/g, ' ').trim();
  return {
    service,
    name,
    isPrivate: isRequired || isSecret(setting),
    text: `# ${description}\n${isRequired ? '' : '#'}${name}=${shownDefault(setting)}`,
  };
}

function shownDefault(setting: z.core.$ZodType): string {
  const value = defaultOf(setting);
  if (value === undefined || isSecret(setting)) return '';
  return Array.isArray(value) ? value.join(',') : `${value as string | number | boolean}`;
}
