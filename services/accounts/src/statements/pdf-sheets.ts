import { openPdfDocument, type PdfDocument, type PdfInfo, type PdfStyle } from './pdf-document.js';
import { wrapText } from './wrap-text.js';

export interface PdfSheetsOptions extends PdfInfo {
  /** Text at the top left of the first page. */
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
  /** The bytes finished since the last call. */
  finished(): Generator<Uint8Array>;
}

// Points on the page.
const left = 50;
const right = 545;
const columns = { date: left + 4, memo: 140, memoWidth: 205, amount: 445, balance: right - 4 };
const factsTop = 96;
const factsWidth = 255;
const tableTopOfFirst = 180;
const tableTop = 50;
const tableBottom = 780;
const headHeight = 18;
const lineHeight = 11;
const rowPadding = 4;
const memoLinesMax = 3;

const ink = '#1a1a1a';
const quiet = '#666666';
const title: PdfStyle = { font: 'bold', size: 18, color: ink };
const strong: PdfStyle = { font: 'bold', size: 11, color: ink };
const head: PdfStyle = { font: 'bold', size: 8, color: ink };
const body: PdfStyle = { font: 'regular', size: 8, color: ink };
const label: PdfStyle = { font: 'regular', size: 8, color: quiet };
const foot: PdfStyle = { font: 'regular', size: 7, color: quiet };

/** Lays out a statement: facts and balances on the first page, a table with its head on every page, a numbered foot. */
export function openPdfSheets(options: PdfSheetsOptions): PdfSheets {
  const doc = openPdfDocument(options);
  let page = 0;
  let rows = 0;
  let y = 0;

  const startPage = (): void => {
    doc.addPage();
    page++;
    doc.style(foot);
    doc.textLeft(options.footer, left, 800);
    doc.textRight(`Page ${page}`, right, 800);
  };
  const startTable = (top: number): void => {
    drawTableHead(doc, top, options.currency);
    doc.style(body);
    y = top + headHeight;
  };

  startPage();
  doc.style(title);
  doc.textLeft(options.title, left, 50);
  drawFacts(doc, options.facts);
  drawBalance(doc, { name: 'Opening balance', value: `${options.currency} ${options.openingBalance}`, top: factsTop });
  const completeFirstPage = doc.reserve();
  startTable(tableTopOfFirst);

  return {
    row: (row) => {
      const lines = wrapText(row.memo, { width: columns.memoWidth, linesMax: memoLinesMax, measure: doc.measure });
      const height = Math.max(lines.length, 1) * lineHeight + rowPadding;
      if (y + height > tableBottom) {
        startPage();
        startTable(tableTop);
      }
      drawRow(doc, row, lines, y + rowPadding / 2);
      y += height;
      doc.line(left, right, y, '#d0d0d0');
      rows++;
    },
    end: (closingBalance) => {
      if (rows === 0) doc.textLeft('No entries in this period.', columns.date, y + rowPadding / 2);
      const value = `${options.currency} ${closingBalance}`;
      completeFirstPage(() => drawBalance(doc, { name: 'Closing balance', value, top: factsTop + 34 }));
      doc.end();
    },
    finished: () => doc.finished(),
  };
}

function drawFacts(doc: PdfDocument, facts: PdfSheetsOptions['facts']): void {
  let y = factsTop;
  for (const [name, value] of facts) {
    doc.style(label);
    doc.textLeft(name, left, y);
    doc.style(body);
    for (const line of wrapText(value, { width: factsWidth, linesMax: 2, measure: doc.measure })) {
      doc.textLeft(line, left + 60, y);
      y += lineHeight;
    }
    y += 2;
  }
}

function drawBalance(doc: PdfDocument, { name, value, top }: { name: string; value: string; top: number }): void {
  doc.style(label);
  doc.textRight(name, right, top);
  doc.style(strong);
  doc.textRight(value, right, top + lineHeight);
}

function drawTableHead(doc: PdfDocument, top: number, currency: string): void {
  doc.fill({ x: left, y: top, width: right - left, height: headHeight, color: '#f2f2f2' });
  doc.style(head);
  doc.textLeft('Date', columns.date, top + 4);
  doc.textLeft('Memo', columns.memo, top + 4);
  doc.textRight(`Amount (${currency})`, columns.amount, top + 4);
  doc.textRight('Balance', columns.balance, top + 4);
}

function drawRow(doc: PdfDocument, { date, amount, balance }: PdfRow, memoLines: string[], top: number): void {
  doc.textLeft(date, columns.date, top);
  memoLines.forEach((line, index) => doc.textLeft(line, columns.memo, top + index * lineHeight));
  doc.textRight(amount, columns.amount, top);
  doc.textRight(balance, columns.balance, top);
}
