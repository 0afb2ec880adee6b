import { LogOut } from "lucide-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { logOut, useAccount } from "@/api/account";
import { useProblemWords } from "@/api/problemWords";
import { Avatar } from "@/parts/Avatar";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { Notice } from "@/parts/Notice";
import { CreatorForm } from "./CreatorForm";
import { ProfileForm } from "./ProfileForm";
import { Appearance } from "./Appearance";
import { YouPage } from "./YouPage";

/** One's own account. */
export function Component() {
  const { t } = useTranslation();
  const { data: account, error, isPending, refetch } = useAccount();
  return (
    <YouPage>
      <div className="mx-auto flex max-w-2xl flex-col gap-4">
        {account === undefined ? (
          <Card
            title={t("you.profile.title")}
            state={
              isPending
                ? { kind: "loading" }
                : { kind: "error", sentence: t("you.failed"), error, retry: () => void refetch() }
            }
          >
            {null}
          </Card>
        ) : (
          <>
            <header className="flex items-center gap-3 px-1 py-2">
              <Avatar name={account.name} />
              <div className="min-w-0 grow">
                <p translate="no" className="truncate font-semibold">
                  {account.name}
                </p>
                <p className="truncate text-12 text-ink3">
                  <span translate="no">{account.email}</span>
                  <span className="ml-2">{t(`you.role.${account.role}`)}</span>
                </p>
              </div>
              <SignOut />
            </header>
            <ProfileForm account={account} />
            <Appearance />
            <CreatorForm account={account} />
          </>
        )}
      </div>
    </YouPage>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const words = useProblemWords();
  const { mutate, isPending, error } = useMutation({
    mutationFn: logOut,
    onSuccess: () => navigate("/listen"),
  });
  return (
    <div className="flex flex-col items-end gap-2">
      <Button icon={LogOut} pending={isPending} onClick={() => mutate()}>
        {t("you.signOut")}
      </Button>
      {error !== null && <Notice kind="danger" title={words(error).text} />}
    </div>
  );
}
