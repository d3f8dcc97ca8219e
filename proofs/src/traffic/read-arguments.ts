import { readOptions } from '@mainstay/platform/options';
import { Refusal } from '@mainstay/platform/terminal';

/** @throws Refusal for an unknown option, or a number out of its bounds */
export function readArguments(args: string[]) {
  const options = {
    rate: { type: 'string', default: '10' },
    duration: { type: 'string', default: '300' },
    people: { type: 'string', default: '20' },
    feeds: { type: 'string', default: '5' },
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    insecure: { type: 'boolean', default: false },
  } as const;
  const { values } = readOptions({ args, options });
  if (!/^https?:$/.test(URL.parse(values.url)?.protocol ?? '')) {
    throw new Refusal(`--url must be an http or https address, but is "${values.url}".`);
  }
  const number = (name: 'rate' | 'duration' | 'people' | 'feeds', min: number, max: number) => {
    const [text, value] = [values[name], Number(values[name])];
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new Refusal(`--${name} must be a number from ${min} to ${max}, but is "${text}".`);
  };
  const people = Math.trunc(number('people', 2, 50));
  return {
    url: values.url.replace(/\/$/, ''),
    rate: number('rate', 0.1, 500),
    duration: number('duration', 1, 86_400),
    people,
    feeds: Math.trunc(Math.min(people, number('feeds', 0, 50))),
    isInsecure: values.insecure,
  };
}
