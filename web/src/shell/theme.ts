/** Light, dark, or as the system has it; remembered on this device. `public/theme.js` applies it before the first paint. */
import { useSyncExternalStore } from "react";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageKey = "veza.theme";
const listeners = new Set<() => void>();

function read(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function setTheme(theme: Theme): void {
  if (theme === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(storageKey);
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(storageKey, theme);
  }
  for (const notify of listeners) notify();
}

/** What is painted now: the choice, or what the system prefers. */
export function paintedTheme(): "light" | "dark" {
  const theme = read();
  if (theme !== "system") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function subscribe(notify: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  listeners.add(notify);
  system.addEventListener("change", notify);
  return () => {
    listeners.delete(notify);
    system.removeEventListener("change", notify);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, read);
}

export function usePaintedTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, paintedTheme);
}
