// Before the first paint, while the page's own code is on its way. A file of its own, because nothing inline may run.
try {
  // A chosen theme must not flash the other one.
  const theme = localStorage.getItem('mainstay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // the system's theme, then
}
// A browser's first formatter costs it tens of milliseconds, for its locale data: now, when there is nothing else to do.
setTimeout(() => new Intl.NumberFormat(undefined, { style: 'currency', currency: 'EUR' }).format(0));
