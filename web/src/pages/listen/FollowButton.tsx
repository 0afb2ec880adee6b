import { UserCheck, UserPlus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { useAccount } from "@/api/account";
import { useProblemWords } from "@/api/problemWords";
import { useSession } from "@/api/session";
import { Button, ButtonLink } from "@/parts/Button";
import { showToast } from "@/parts/toasts";
import { useFollow, useFollowing, type Creator } from "./catalog";

/** Follows a creator; a visitor is asked to log in first, and nobody follows themselves. */
export function FollowButton({ creator }: { creator: Creator }) {
  const { t } = useTranslation();
  const session = useSession();
  const { pathname } = useLocation();
  const account = useAccount();
  const following = useFollowing();
  const words = useProblemWords();
  const { mutate, isPending } = useFollow(creator.id);

  if (session === null) {
    return (
      <ButtonLink to={`/login?${new URLSearchParams({ next: pathname })}`} icon={UserPlus}>
        {t("listen.follow")}
      </ButtonLink>
    );
  }
  if (account.data?.creator_id === creator.id) return null;
  const follows = following?.includes(creator.id) ?? false;
  return (
    <Button
      icon={follows ? UserCheck : UserPlus}
      aria-pressed={follows}
      pending={isPending || following === undefined}
      onClick={() => mutate(!follows, { onError: (error) => showToast(words(error).text) })}
    >
      {t(follows ? "listen.following" : "listen.follow")}
    </Button>
  );
}
