// Runs before the first paint. The content security policy forbids inline scripts, so the script is a separate file.
try {
  // Without the stored theme, the page would first flash in the system's theme.
  const theme = localStorage.getItem('mainstay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // If the browser blocks `localStorage`, the page uses the system's theme.
}
// The first number formatter takes tens of milliseconds to load locale data, so create one while the scripts load.
setTimeout(() => new Intl.NumberFormat(undefined, { style: 'currency', currency: 'EUR' }).format(0));
