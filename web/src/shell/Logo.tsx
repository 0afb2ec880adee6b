/** Five bars of an equaliser that make a V. Decorative: what it leads to has its own label. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={(size * 24) / 28} viewBox="0 0 28 24" className="fill-series1" aria-hidden>
      <rect x="0" y="2" width="4" height="8" rx="2" />
      <rect x="6" y="6" width="4" height="9" rx="2" />
      <rect x="12" y="11" width="4" height="11" rx="2" />
      <rect x="18" y="6" width="4" height="9" rx="2" />
      <rect x="24" y="2" width="4" height="8" rx="2" />
    </svg>
  );
}
