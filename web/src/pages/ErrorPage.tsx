import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { useProblemWords } from "@/api/problemWords";
import { useSession } from "@/api/session";
import { Button, ButtonLink } from "@/parts/Button";
import { Notice } from "@/parts/Notice";
import { Page } from "@/shell/Page";

/** What stands in a page's place when it could not be shown at all. */
export function ErrorPage() {
  const { t } = useTranslation();
  const words = useProblemWords();
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 403) return <Forbidden />;

  const { text, code } = words(error);
  return (
    <Frame title={t("errorPage.title")}>
      <Notice
        kind="danger"
        title={text}
        actions={
          <Button icon={RotateCw} onClick={() => location.reload()}>
            {t("common.tryAgain")}
          </Button>
        }
      >
        {t("states.code", { code })}
      </Notice>
    </Frame>
  );
}

/** Signed in, but not as someone whom this page is for. */
function Forbidden() {
  const { t } = useTranslation();
  const isListener = useSession()?.role === "user";
  return (
    <Frame title={t("errorPage.forbidden.title")}>
      <p className="mb-4 text-ink2">
        {t(isListener ? "errorPage.forbidden.listener" : "errorPage.forbidden.other")}
      </p>
      {isListener && <ButtonLink to="/you">{t("errorPage.forbidden.action")}</ButtonLink>}
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Page title={title}>
      <div className="max-w-prose">{children}</div>
    </Page>
  );
}
