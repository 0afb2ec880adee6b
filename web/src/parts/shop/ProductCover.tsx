import { useState } from "react";
import { Cover } from "@/parts/cover/Cover";

interface ProductCoverProps {
  product: { id: string; cover: { url: string } | null };
  className?: string;
}

/** A product's picture: its seller's, or one drawn from its id. Decorative: the title stands beside it. */
export function ProductCover({ product: { id, cover }, className = "" }: ProductCoverProps) {
  const [failed, setFailed] = useState<string>();
  if (cover === null || failed === cover.url) return <Cover id={id} className={className} />;
  return (
    <img
      src={cover.url}
      alt=""
      loading="lazy"
      decoding="async"
      className={`block aspect-square bg-skeleton2 object-cover ${className}`}
      onError={() => setFailed(cover.url)}
    />
  );
}
