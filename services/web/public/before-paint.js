// Runs before the first paint, while the page's own code loads. It is a separate file, because inline scripts are not
// allowed.
try {
  // A chosen theme must not flash the other one first.
  const theme = localStorage.getItem('mainstay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // the page uses the system's theme
}
// A browser's first formatter takes tens of milliseconds, for its locale data. The browser is idle now.
setTimeout(() => new Intl.NumberFormat(undefined, { style: 'currency', currency: 'EUR' }).format(0));
