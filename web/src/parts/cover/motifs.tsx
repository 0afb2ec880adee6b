/** What covers show. Each motif draws a square of 100 with five colours: ground, three on it, and an accent. */
import type { ReactNode } from "react";

export type Palette = readonly [ground: string, a: string, b: string, c: string, accent: string];
export type Random = () => number;
type Motif = (colours: Palette, random: Random) => ReactNode;

const times = (count: number) => Array.from({ length: count }, (_, index) => index);
const between = (random: Random, low: number, high: number) => low + random() * (high - low);

/** Rays around a point. */
const rays: Motif = ([, a, b, , accent], random) => {
  const count = Math.round(between(random, 20, 36));
  const inner = between(random, 16, 24);
  return (
    <>
      {times(count).map((index) => {
        const angle = (index / count) * 2 * Math.PI;
        const outer = between(random, 34, 54);
        return (
          <line
            key={index}
            x1={50 + Math.cos(angle) * inner}
            y1={50 + Math.sin(angle) * inner}
            x2={50 + Math.cos(angle) * outer}
            y2={50 + Math.sin(angle) * outer}
            stroke={index % 4 === 0 ? accent : index % 2 === 0 ? a : b}
            strokeWidth={2}
            strokeLinecap="round"
          />
        );
      })}
      <circle cx={50} cy={50} r={inner / 4} fill={accent} />
    </>
  );
};

/** The bars of a level meter. */
const bars: Motif = ([, a, b, c, accent], random) =>
  times(11).map((index) => {
    const height = between(random, 12, 62);
    return (
      <rect
        key={index}
        x={14 + index * 6.6}
        y={50 - height / 2}
        width={3.4}
        height={height}
        rx={1.7}
        fill={[a, b, c, accent][Math.floor(random() * 4)]}
      />
    );
  });

/** A wavy edge across the square, filled to the bottom. */
function wave(y: number, swing: number, phase: number): string {
  const points = times(6).map((index) => y + Math.sin(phase + index * 1.3) * swing);
  const curve = points.slice(1).map((to, index) => {
    const from = points[index] ?? to;
    const x = index * 20;
    return `C${x + 10},${from} ${x + 10},${to} ${x + 20},${to}`;
  });
  return `M0,${points[0]}${curve.join("")}V100H0Z`;
}

/** A sun over bands of land or water. */
const bands: Motif = ([, a, b, c, accent], random) => (
  <>
    <circle
      cx={between(random, 25, 75)}
      cy={between(random, 18, 32)}
      r={between(random, 8, 14)}
      fill={accent}
    />
    {times(5).map((index) => (
      <path
        key={index}
        d={wave(38 + index * 12, between(random, 2, 5), between(random, 0, 6))}
        fill={[a, b, c][index % 3]}
      />
    ))}
  </>
);

/** Mountains, one range before the other. */
const mountains: Motif = ([, a, b, c, accent], random) => (
  <>
    <circle cx={between(random, 55, 80)} cy={between(random, 18, 30)} r={8} fill={accent} />
    {[a, b, c].map((fill, range) => {
      const top = 42 + range * 16;
      const peaks = times(4).map(
        (index) => `L${index * 33 - 8},${top + between(random, -10, 10) + (index % 2) * 14}`,
      );
      return <path key={fill} d={`M-10,100${peaks.join("")}L110,${top}V100Z`} fill={fill} />;
    })}
  </>
);

/** Circles within each other, the ground split. */
const rings: Motif = ([, a, b, c, accent], random) => {
  const count = Math.round(between(random, 5, 8));
  const width = between(random, 34, 42);
  return (
    <>
      <path d={random() < 0.5 ? "M0,100L100,0V100Z" : "M50,0H100V100H50Z"} fill={c} />
      {times(count).map((index) => (
        <circle
          key={index}
          cx={50}
          cy={50}
          r={6 + index * (width / count)}
          fill={index === 0 ? a : "none"}
          stroke={index % 3 === 0 ? accent : index % 2 === 0 ? a : b}
          strokeWidth={1.8}
        />
      ))}
    </>
  );
};

/** Dots that swell towards a point. */
const dots: Motif = ([, a, , , accent], random) => {
  const [x, y] = [between(random, 2, 7), between(random, 2, 7)];
  return times(100).map((index) => {
    const [column, row] = [index % 10, Math.floor(index / 10)];
    const size = 4 - Math.hypot(column - x, row - y) * 0.45;
    const fill = random() < 0.15 ? accent : a;
    return <circle key={index} cx={5 + column * 10} cy={5 + row * 10} r={Math.max(size, 0.6)} fill={fill} />;
  });
};

/** Quarter circles, as tiles lie. */
const tiles: Motif = ([, a, b, c, accent], random) =>
  times(16).map((index) => {
    const [x, y] = [(index % 4) * 25, Math.floor(index / 4) * 25];
    const turn = Math.floor(random() * 4) * 90;
    const fill = [a, b, c, accent][Math.floor(random() * 4)];
    return random() < 0.25 ? (
      <circle key={index} cx={x + 12.5} cy={y + 12.5} r={11} fill={fill} />
    ) : (
      <path
        key={index}
        d={`M${x},${y}h25a25,25 0 0 1 -25,25Z`}
        fill={fill}
        transform={`rotate(${turn} ${x + 12.5} ${y + 12.5})`}
      />
    );
  });

/** Arches, one within the other. */
const arches: Motif = ([, a, b, c, accent], random) => {
  const foot = between(random, 78, 100);
  return [a, b, c, accent].map((stroke, index) => {
    const radius = 40 - index * 9;
    return (
      <path
        key={stroke}
        d={`M${50 - radius},${foot}V${20 + radius + index * 4}a${radius},${radius} 0 0 1 ${radius * 2},0V${foot}`}
        fill="none"
        stroke={stroke}
        strokeWidth={8}
      />
    );
  });
};

/** The lines of a signal, stacked. */
const lines: Motif = ([ground, a, , , accent], random) =>
  times(14).map((row) => {
    const y = 22 + row * 5;
    const points = times(21).map((index) => {
      const height = Math.max(0, 1 - Math.abs(index - 10) / 7) * between(random, 0, 16);
      return `${index * 5},${(y - height).toFixed(1)}`;
    });
    return (
      <polyline
        key={row}
        points={points.join(" ")}
        fill={ground}
        stroke={row === 6 ? accent : a}
        strokeWidth={0.9}
        strokeLinejoin="round"
      />
    );
  });

export const motifs: readonly Motif[] = [rays, bars, bands, mountains, rings, dots, tiles, arches, lines];

export const palettes: readonly Palette[] = [
  ["#10141a", "#f5efe0", "#f5efe0", "#2a3140", "#ef5b5b"],
  ["#e07a5f", "#9ad1d4", "#f4ead5", "#1d3557", "#f6c177"],
  ["#2e7f9b", "#22384f", "#6aa9b8", "#f3ead3", "#e4572e"],
  ["#0f3b36", "#d8e8c4", "#2a8068", "#f4f1de", "#f2b441"],
  ["#3a1f1c", "#c8553d", "#e8b89d", "#6d3a2d", "#f3d9b1"],
  ["#6f4672", "#3f2368", "#f3e9d2", "#8d5a97", "#ffb07c"],
  ["#f6ede1", "#1f2024", "#c9a27e", "#e3d3c1", "#d94f30"],
  ["#f28e7f", "#6c4ab6", "#f9d5a7", "#251338", "#fff4e0"],
  ["#d7e8c8", "#0e3d36", "#20806a", "#f4b942", "#e4572e"],
  ["#17324d", "#8fd3d0", "#4ba3a8", "#0f2236", "#f4e9cd"],
  ["#ef6461", "#2d2b44", "#8d99ae", "#f2ddd0", "#ffffff"],
  ["#f3a683", "#403075", "#7a5c99", "#f8e5d6", "#1b998b"],
];
