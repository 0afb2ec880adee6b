interface WaveformProps {
  /** Loudness of each stretch, 0 to 1; null while it is not known. */
  peaks: readonly number[] | null;
  /** How much of it has been played, 0 to 1. */
  played: number;
  className?: string;
}

const bars = 64;
/** A bar of silence is still seen. */
const least = 0.08;

/** The course of a track's loudness as bars; what has been played is in the accent. Decorative: the slider over it speaks. */
export function Waveform({ peaks, played, className = "" }: WaveformProps) {
  return (
    <svg viewBox={`0 0 ${bars * 4} 32`} preserveAspectRatio="none" aria-hidden className={className}>
      {Array.from({ length: bars }, (_, index) => {
        const height = Math.max(peaks?.[index] ?? 0, least) * 32;
        return (
          <rect
            key={index}
            x={index * 4 + 0.75}
            y={16 - height / 2}
            width={2.5}
            height={height}
            rx={1.25}
            className={index / bars < played ? "fill-accent" : "fill-ctl"}
          />
        );
      })}
    </svg>
  );
}

/** The loudness of each bar's stretch of a sound: its largest sample, relative to the loudest of all. */
export function peaksOf(samples: Float32Array, count = bars): number[] {
  const stretch = samples.length / count;
  const peaks = Array.from({ length: count }, (_, bar) => {
    let peak = 0;
    const end = Math.floor((bar + 1) * stretch);
    for (let index = Math.floor(bar * stretch); index < end; index += 1) {
      peak = Math.max(peak, Math.abs(samples[index] ?? 0));
    }
    return peak;
  });
  const loudest = Math.max(...peaks);
  return loudest === 0 ? peaks : peaks.map((peak) => peak / loudest);
}
