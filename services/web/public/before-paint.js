// Runs before the first paint, while the page's own code loads. It is a separate file, because inline scripts are not
// allowed.
try {
  // The chosen theme is set now. Otherwise the page would first flash in the other theme.
  const theme = localStorage.getItem('mainstay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // the page uses the system's theme
}
// The first formatter takes tens of milliseconds, because the browser loads its locale data. The browser is idle now.
setTimeout(() => new Intl.NumberFormat(undefined, { style: 'currency', currency: 'EUR' }).format(0));
