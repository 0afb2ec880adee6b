// Runs before the first paint, so that someone who chose a theme never sees the other one flash; src/shell/theme.ts writes it.
try {
  const theme = localStorage.getItem("veza.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme stands.
}
