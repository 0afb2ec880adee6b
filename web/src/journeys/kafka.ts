/** Bytes put into a topic by hand, as something other than the collector would: Kafka's Produce request, version 3. */
import { connect } from "node:net";
import { once } from "node:events";

/** Text after its length. */
const utf8 = (text: string) => Buffer.concat([int(2, Buffer.byteLength(text)), Buffer.from(text)]);

/** A signed integer of so many bytes, big-endian. */
function int(size: 1 | 2 | 4 | 8, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 8) bytes.writeBigInt64BE(BigInt(value));
  else bytes.writeIntBE(value, 0, size);
  return bytes;
}

/** Kafka's varint: zigzag, seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** CRC-32C (Castagnoli), which covers a batch from its attributes on. */
function crc32c(bytes: Buffer): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

/** A batch of one record without key and headers. */
function batchOf(value: Buffer): Buffer {
  const record = Buffer.concat([
    int(1, 0),
    varint(0),
    varint(0),
    varint(-1),
    varint(value.length),
    value,
    varint(0),
  ]);
  const now = int(8, Date.now());
  const noProducer = Buffer.concat([int(8, -1), int(2, -1), int(4, -1)]);
  const head = [int(2, 0), int(4, 0), now, now, noProducer, int(4, 1)];
  const covered = Buffer.concat([...head, varint(record.length), record]);
  const magic = 2;
  const rest = Buffer.concat([int(4, -1), int(1, magic), int(4, crc32c(covered)), covered]);
  return Buffer.concat([int(8, 0), int(4, rest.length), rest]);
}

/** Puts these bytes into partition 0 of the topic; gives the offset that Kafka gave them. */
export async function produce(broker: string, topic: string, value: Buffer): Promise<number> {
  const [host, port] = broker.split(":");
  const socket = connect(Number(port), host);
  try {
    const batch = batchOf(value);
    const [produceKey, version, correlation] = [int(2, 0), int(2, 3), int(4, 1)];
    // No transaction; acknowledged by all replicas, within 30 s.
    const terms = Buffer.concat([int(2, -1), int(2, -1), int(4, 30_000)]);
    const partition = Buffer.concat([int(4, 0), int(4, batch.length), batch]);
    const topics = [int(4, 1), utf8(topic), int(4, 1), partition];
    const request = Buffer.concat([produceKey, version, correlation, utf8("by hand"), terms, ...topics]);
    socket.write(Buffer.concat([int(4, request.length), request]));
    const answer = await read(socket);
    // Behind size, correlation, one topic with its name, one partition: its index, the error, the offset.
    const at = 4 + 4 + 4 + utf8(topic).length + 4 + 4;
    const error = answer.readInt16BE(at);
    if (error !== 0) throw new Error(`Kafka refused the record: error code ${error}`);
    return Number(answer.readBigInt64BE(at + 2));
  } finally {
    socket.destroy();
  }
}

/** One whole answer, its size before it. */
async function read(socket: ReturnType<typeof connect>): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 4 || bytes.length < 4 + bytes.readInt32BE(0)) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes;
}
