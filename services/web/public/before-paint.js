// The browser runs this script before the first paint, while the main script loads. The script is a separate file,
// because the content security policy forbids inline scripts.
try {
  // Set the stored theme before the first paint. Without this, the page would first flash in the system's theme.
  const theme = localStorage.getItem('mainstay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // The browser blocks its storage, so the page uses the system's theme.
}
// The first number formatter takes tens of milliseconds, because the browser loads its locale data. Create one here,
// because the browser is idle until the main script arrives.
setTimeout(() => new Intl.NumberFormat(undefined, { style: 'currency', currency: 'EUR' }).format(0));
