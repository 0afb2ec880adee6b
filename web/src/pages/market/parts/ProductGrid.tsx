import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ProductCard } from "@/api/market/products";
import { useProblemWords } from "@/api/problemWords";
import { Button } from "@/parts/Button";
import { coverGridClass, CoverGridSkeleton } from "@/parts/cover/CoverGrid";
import { Notice } from "@/parts/Notice";
import { ProductTile } from "./ProductTile";

interface ProductGridProps {
  query: Pick<
    UseInfiniteQueryResult<{ pages: { data: ProductCard[] }[] }>,
    "data" | "error" | "refetch" | "hasNextPage" | "fetchNextPage" | "isFetchingNextPage"
  >;
  /** What is said where there is none. */
  empty: ReactNode;
}

/** Products in a grid, a page at a time. */
export function ProductGrid({ query, empty }: ProductGridProps) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  const products = data?.pages.flatMap((page) => page.data);

  if (products === undefined) {
    if (error === null) return <CoverGridSkeleton />;
    return (
      <Notice
        kind="danger"
        title={words(error).text}
        actions={<Button onClick={() => void refetch()}>{t("common.tryAgain")}</Button>}
      />
    );
  }
  if (products.length === 0) return <div className="text-ink2">{empty}</div>;
  return (
    <>
      <ul className={coverGridClass}>
        {products.map((product) => (
          <li key={product.id} className="min-w-0">
            <ProductTile product={product} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button className="mt-6" pending={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("market.more")}
        </Button>
      )}
    </>
  );
}
