import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { Outlet, ScrollRestoration, useNavigate, useRevalidator } from "react-router";
import { useSession } from "@/api/session";
import { Toasts } from "@/parts/Toasts";
import { destinationsOf } from "./navigation";
import { Rail } from "./Rail";
import { useShortcutKeys, useShortcuts, type Shortcut } from "./shortcuts";

const KeysHelp = lazy(() => import("./KeysHelp"));
const PlaybackBar = lazy(() => import("@/playback/PlaybackBar"));

const KeysHelpContext = createContext<() => void>(() => undefined);

/** Opens the list of keys. */
export function useKeysHelp(): () => void {
  return useContext(KeysHelpContext);
}

/** What surrounds every page: the rail, the keys, the place where the page goes. */
export function Shell() {
  const { t } = useTranslation();
  const session = useSession();
  const navigate = useNavigate();
  const [keysShown, setKeysShown] = useState(false);
  const showKeys = useCallback(() => setKeysShown(true), []);

  const role = session?.role ?? null;
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "?", label: t("keys.show"), run: showKeys },
      ...destinationsOf(role).map(({ name, path, key }) => ({
        keys: `g ${key}`,
        label: t("keys.goTo", { page: t(`nav.${name}`) }),
        run: () => void navigate(path),
      })),
    ],
    [t, role, navigate, showKeys],
  );
  useShortcuts(shortcuts);
  useGuardAgain(session !== null);
  useShortcutKeys();

  return (
    <KeysHelpContext value={showKeys}>
      <a
        href="#main"
        className="sr-only rounded-8 bg-accent text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-30 focus:p-3"
      >
        {t("nav.skip")}
      </a>
      <Rail />
      <div className="flex min-h-dvh flex-col pb-17 md:pb-0 md:pl-18">
        <div className="grow">
          <Outlet />
        </div>
        <Suspense fallback={null}>
          <PlaybackBar />
        </Suspense>
      </div>
      <Suspense fallback={null}>{keysShown && <KeysHelp onClose={() => setKeysShown(false)} />}</Suspense>
      <Toasts />
      <ScrollRestoration />
    </KeysHelpContext>
  );
}

/** A session can end while its page is open; then the page's guard is asked again, and leads to log in. */
function useGuardAgain(signedIn: boolean): void {
  const { revalidate } = useRevalidator();
  const was = useRef(signedIn);
  useEffect(() => {
    if (was.current && !signedIn) void revalidate();
    was.current = signedIn;
  }, [signedIn, revalidate]);
}
