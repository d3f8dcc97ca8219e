// Before the first paint: a chosen theme must not flash the other one. A file of its own, because nothing inline may run.
try {
  const theme = localStorage.getItem('mainstay.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // the system's theme, then
}
