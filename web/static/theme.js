// Runs before the first paint: the theme that the reader chose, if any, so that the page never flashes in another.
try {
  const theme = localStorage.getItem("pushpull.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}
