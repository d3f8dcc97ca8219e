import { inflateSync } from 'node:zlib';

export interface ReadPdf {
  /** The objects of the file by number. Streams are decompressed. */
  objects: Map<string, string>;
  /** The pieces of text on each page, in the order of drawing. */
  pages: string[][];
}

/** Reads a PDF for tests. The ToUnicode maps of the fonts decode the text. */
export function readPdf(bytes: Buffer): ReadPdf {
  const objects = new Map<string, string>();
  for (const [, id = '', body = ''] of bytes.toString('latin1').matchAll(/(\d+) 0 obj\n([\s\S]*?)endobj/g)) {
    objects.set(id, inflated(body));
  }
  const pages = [...objects.values()]
    .filter((body) => body.includes('/Type /Page\n'))
    .map((page) => {
      const fonts = fontsOf(objects.get(/\/Resources (\d+)/.exec(page)?.[1] ?? '') ?? '', objects);
      const contents = /\/Contents \[?([^\]\n/]*)/.exec(page)?.[1] ?? '';
      return [...contents.matchAll(/(\d+) 0 R/g)].flatMap(([, id = '']) => textOf(objects.get(id) ?? '', fonts));
    });
  return { objects, pages };
}

type Font = Map<number, string>;

function inflated(body: string): string {
  const stream = /^([\s\S]*?)stream\n([\s\S]*)\nendstream/.exec(body);
  if (!stream?.[1]?.includes('/FlateDecode')) return body;
  return stream[1] + inflateSync(Buffer.from(stream[2] ?? '', 'latin1')).toString('latin1');
}

function fontsOf(resources: string, objects: ReadPdf['objects']): Map<string, Font> {
  const fonts = new Map<string, Font>();
  for (const [, name = '', id = ''] of resources.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const toUnicode = /\/ToUnicode (\d+)/.exec(objects.get(id) ?? '')?.[1] ?? '';
    const font: Font = new Map();
    for (const [, start = '', codes = ''] of (objects.get(toUnicode) ?? '').matchAll(
      /<(\w{4})> <\w{4}> \[([^\]]*)\]/g,
    )) {
      [...codes.matchAll(/<([^>]*)>/g)].forEach(([, units = ''], index) => {
        const text = units.split(' ').map((unit) => String.fromCharCode(parseInt(unit, 16)));
        font.set(parseInt(start, 16) + index, text.join(''));
      });
    }
    fonts.set(name, font);
  }
  return fonts;
}

function textOf(content: string, fonts: Map<string, Font>): string[] {
  let font: Font = new Map();
  const pieces: string[] = [];
  for (const [, name, glyphs] of content.matchAll(/\/(F\d+) [\d.]+ Tf|\[(.*)\] TJ/g)) {
    if (name) font = fonts.get(name) ?? new Map<number, string>();
    const ids = [...(glyphs ?? '').matchAll(/<([\da-f]*)>/g)].flatMap(([, run = '']) => run.match(/.{4}/g) ?? []);
    if (glyphs) pieces.push(ids.map((id) => font.get(parseInt(id, 16)) ?? '\uFFFD').join(''));
  }
  return pieces;
}
