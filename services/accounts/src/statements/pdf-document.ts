import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';

export interface PdfInfo {
  title: string;
  subject: string;
  /** Creation date in the file. Do not use the current time, because equal statements must have equal bytes. */
  createdAt: Date;
}

export interface PdfStyle {
  font: 'regular' | 'bold';
  size: number;
  color: string;
}

/** A document of A4 pages: 595 × 842 points, with coordinates from the top left corner. */
export interface PdfDocument {
  /** Finishes the current page, frees its memory, and starts the next page. */
  addPage(): void;
  style(style: PdfStyle): void;
  textLeft(text: string, x: number, y: number): void;
  textRight(text: string, x: number, y: number): void;
  /** Returns the width of a text in points, in the current style. */
  measure: (text: string) => number;
  fill(box: { x: number; y: number; width: number; height: number; color: string }): void;
  line(from: number, to: number, y: number, color: string): void;
  /**
   * Returns a function that draws on the current page later, even after further pages were added. Call the returned
   * function exactly once, before `end`. The callback `draw` may use only fonts that the page already uses.
   */
  reserve(): (draw: () => void) => void;
  end(): void;
  /** Yields the bytes that the document has produced since the previous call. */
  finished(): Generator<Uint8Array>;
}

const { resolve } = createRequire(import.meta.url);
const regular = resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf');
const bold = resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf');

/**
 * Opens a document that embeds only the used characters of the DejaVu fonts. A character that the fonts lack appears as
 * an empty box.
 */
export function openPdfDocument({ title, subject, createdAt }: PdfInfo): PdfDocument {
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    autoFirstPage: false,
    lang: 'en',
    displayTitle: true,
    pdfVersion: '1.7',
    info: { Title: title, Subject: subject, Creator: 'Mainstay', Producer: 'PDFKit', CreationDate: createdAt },
  });
  doc.registerFont('regular', regular).registerFont('bold', bold);
  const textLeft = (text: string, x: number, y: number): void => {
    if (text !== '') doc.text(text, x, y, { lineBreak: false });
  };

  const next = (): Buffer | null => doc.read() as Buffer | null;

  return {
    addPage: () => {
      doc.addPage();
      for (const font of ['regular', 'bold']) forgetWords(doc.font(font));
    },
    style: ({ font, size, color }) => void doc.font(font, size).fillColor(color),
    textLeft,
    textRight: (text, x, y) => textLeft(text, x - doc.widthOfString(text), y),
    measure: (text) => doc.widthOfString(text),
    fill: ({ x, y, width, height, color }) => void doc.rect(x, y, width, height).fill(color),
    line: (from, to, y, color) => void doc.moveTo(from, y).lineTo(to, y).lineWidth(0.4).strokeColor(color).stroke(),
    reserve: () => reserveOn(doc),
    end: () => doc.end(),
    *finished() {
      // Since Node.js 26, one call of read() returns only one buffered chunk, so repeat the call.
      for (let bytes = next(); bytes !== null; bytes = next()) yield bytes;
    },
  };
}

/** PDFKit caches every word that it draws, so empty the cache at each new page. */
function forgetWords(doc: PDFKit.PDFDocument): void {
  (doc as unknown as { _font: { layoutCache: unknown } })._font.layoutCache = Object.create(null);
}

/**
 * Adds a second, empty content stream to the page. The returned function calls `draw` later, which fills the second
 * stream. At the end of the page, PDFKit outputs the first stream, so the first stream does not stay in memory. PDFKit
 * also outputs the list of the page's fonts. So `draw` can use only the fonts in this list.
 */
function reserveOn(doc: PDFKit.PDFDocument): (draw: () => void) => void {
  const { page } = doc;
  const { content } = page;
  const late = doc.ref({});
  Object.assign(page.dictionary.data, { Contents: [content, late] });
  return (draw) => {
    const lastPage = doc.page;
    doc.page = page;
    page.content = late;
    draw();
    late.end(undefined);
    page.content = content;
    doc.page = lastPage;
  };
}
