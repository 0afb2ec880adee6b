/** A WAV file of a plain tone: 8 kHz, 8 bits, one channel. */
export function wavOf(seconds: number): Buffer {
  const rate = 8_000;
  const samples = Math.round(seconds * rate);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples, 40);
  const tone = Uint8Array.from(
    { length: samples },
    (_, i) => 128 + 60 * Math.sin((2 * Math.PI * 440 * i) / rate),
  );
  return Buffer.concat([header, tone]);
}
