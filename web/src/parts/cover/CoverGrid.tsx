import { useTranslation } from "react-i18next";

/** A grid of covers: five in a row where there is room, two on a phone. */
export const coverGridClass =
  "grid grid-cols-2 gap-x-4 gap-y-6 sm:grid-cols-3 lg:grid-cols-4 lg:gap-x-5 xl:grid-cols-5";

/** Covers with two lines under each, where they will be. */
export function CoverGridSkeleton({ count = 10 }: { count?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-busy aria-label={t("states.loading")} className={coverGridClass}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} aria-hidden>
          <span className="block aspect-square rounded-8 bg-skeleton2" />
          <span className="mt-3 block h-5 w-3/5 rounded-4 bg-skeleton1" />
          <span className="mt-1 block h-4 w-2/5 rounded-4 bg-skeleton1" />
        </div>
      ))}
    </div>
  );
}
