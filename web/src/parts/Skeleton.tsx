import { useTranslation } from "react-i18next";

/** A block where a line of text will be; `width` is any CSS length, 40 % unless told. */
export function SkeletonLine({ width = "40%", className = "" }: { width?: string; className?: string }) {
  return <span className={`block h-3 rounded-4 bg-skeleton1 ${className}`} style={{ width }} aria-hidden />;
}

/** Widths that fall as a breakdown's bars do. */
const barWidths = [72, 62, 46, 36, 26, 18, 13, 10, 8, 7, 6, 5];

/** `rows` rows in the measures of a breakdown, so that nothing jumps when the data arrive. */
export function SkeletonRows({ rows = 9 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-busy aria-label={t("states.loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-7 items-center gap-3" aria-hidden>
          <div className="relative -ml-2 h-6.5 grow">
            <span
              className="absolute inset-y-0 left-0 rounded-4 bg-skeleton2"
              style={{ width: `${barWidths[row] ?? 4}%` }}
            />
            <SkeletonLine width={`${30 - (row % 4) * 5}%`} className="absolute top-2 left-2" />
          </div>
          <SkeletonLine width="2rem" />
          <SkeletonLine width="2.5rem" />
        </div>
      ))}
    </div>
  );
}
