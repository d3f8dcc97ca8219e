import { openPdfDocument, type PdfDocument, type PdfInfo, type PdfStyle } from './pdf-document.js';
import { wrapText } from './wrap-text.js';

export interface PdfSheetsOptions extends PdfInfo {
  /** Labels and values at the top left of the first page. */
  facts: [label: string, value: string][];
  currency: string;
  openingBalance: string;
  /** Text at the foot of every page. */
  footer: string;
}

export interface PdfRow {
  date: string;
  memo: string;
  amount: string;
  balance: string;
}

export interface PdfSheets {
  row(row: PdfRow): void;
  /** Writes the closing balance into the first page and finishes the document. */
  end(closingBalance: string): void;
  /** Yields the bytes that the document has produced since the previous call. */
  finished(): Generator<Uint8Array>;
}

// Positions and lengths are in points.
const LEFT = 50;
const RIGHT = 545;
const columns = { date: LEFT + 4, memo: 140, memoWidth: 205, amount: 445, balance: RIGHT - 4 };
const FACTS_TOP = 96;
const FACTS_WIDTH = 255;
const TABLE_TOP_OF_FIRST = 180;
const TABLE_TOP = 50;
const TABLE_BOTTOM = 780;
const HEAD_HEIGHT = 18;
const LINE_HEIGHT = 11;
const ROW_PADDING = 4;
const MEMO_LINES_MAX = 3;

const INK = '#1a1a1a';
const QUIET = '#666666';
const title: PdfStyle = { font: 'bold', size: 18, color: INK };
const strong: PdfStyle = { font: 'bold', size: 11, color: INK };
const head: PdfStyle = { font: 'bold', size: 8, color: INK };
const body: PdfStyle = { font: 'regular', size: 8, color: INK };
const label: PdfStyle = { font: 'regular', size: 8, color: QUIET };
const foot: PdfStyle = { font: 'regular', size: 7, color: QUIET };

/** Lays out a statement. The first page shows the facts and the balances. */
export function openPdfSheets(options: PdfSheetsOptions): PdfSheets {
  const doc = openPdfDocument(options);
  let page = 0;
  let rows = 0;
  let y = 0;

  const startPage = (): void => {
    doc.addPage();
    page++;
    doc.style(foot);
    doc.textLeft(options.footer, LEFT, 800);
    doc.textRight(`Page ${page}`, RIGHT, 800);
  };
  const startTable = (top: number): void => {
    drawTableHead(doc, top, options.currency);
    doc.style(body);
    y = top + HEAD_HEIGHT;
  };

  startPage();
  doc.style(title);
  doc.textLeft(options.title, LEFT, 50);
  drawFacts(doc, options.facts);
  drawBalance(doc, { name: 'Opening balance', value: `${options.currency} ${options.openingBalance}`, top: FACTS_TOP });
  const completeFirstPage = doc.reserve();
  startTable(TABLE_TOP_OF_FIRST);

  return {
    row: (row) => {
      const lines = wrapText(row.memo, { width: columns.memoWidth, linesMax: MEMO_LINES_MAX, measure: doc.measure });
      const height = Math.max(lines.length, 1) * LINE_HEIGHT + ROW_PADDING;
      if (y + height > TABLE_BOTTOM) {
        startPage();
        startTable(TABLE_TOP);
      }
      drawRow(doc, row, lines, y + ROW_PADDING / 2);
      y += height;
      doc.line(LEFT, RIGHT, y, '#d0d0d0');
      rows++;
    },
    end: (closingBalance) => {
      if (rows === 0) doc.textLeft('No entries in this period.', columns.date, y + ROW_PADDING / 2);
      const value = `${options.currency} ${closingBalance}`;
      completeFirstPage(() => drawBalance(doc, { name: 'Closing balance', value, top: FACTS_TOP + 34 }));
      doc.end();
    },
    finished: () => doc.finished(),
  };
}

function drawFacts(doc: PdfDocument, facts: PdfSheetsOptions['facts']): void {
  let y = FACTS_TOP;
  for (const [name, value] of facts) {
    doc.style(label);
    doc.textLeft(name, LEFT, y);
    doc.style(body);
    for (const line of wrapText(value, { width: FACTS_WIDTH, linesMax: 2, measure: doc.measure })) {
      doc.textLeft(line, LEFT + 60, y);
      y += LINE_HEIGHT;
    }
    y += 2;
  }
}

function drawBalance(doc: PdfDocument, { name, value, top }: { name: string; value: string; top: number }): void {
  doc.style(label);
  doc.textRight(name, RIGHT, top);
  doc.style(strong);
  doc.textRight(value, RIGHT, top + LINE_HEIGHT);
}

function drawTableHead(doc: PdfDocument, top: number, currency: string): void {
  doc.fill({ x: LEFT, y: top, width: RIGHT - LEFT, height: HEAD_HEIGHT, color: '#f2f2f2' });
  doc.style(head);
  doc.textLeft('Date', columns.date, top + 4);
  doc.textLeft('Memo', columns.memo, top + 4);
  doc.textRight(`Amount (${currency})`, columns.amount, top + 4);
  doc.textRight('Balance', columns.balance, top + 4);
}

function drawRow(doc: PdfDocument, { date, amount, balance }: PdfRow, memoLines: string[], top: number): void {
  doc.textLeft(date, columns.date, top);
  memoLines.forEach((line, index) => doc.textLeft(line, columns.memo, top + index * LINE_HEIGHT));
  doc.textRight(amount, columns.amount, top);
  doc.textRight(balance, columns.balance, top);
}
