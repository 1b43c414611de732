/** A reader of TensorBoard's event files that shares nothing with their writer: protobufjs, and a checksum bit by bit. */
import protobuf from "protobufjs";
import { expect } from "vitest";

/** The fields that we write, with the numbers and types of TensorFlow's event.proto and summary.proto and TensorBoard's plugin_data.proto. */
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
  message Summary { repeated Value value = 1; }
  message Value { string tag = 1; float simple_value = 2; Histogram histo = 5; Metadata metadata = 9; }
  message Metadata { PluginData plugin_data = 1; }
  message PluginData { string plugin_name = 1; bytes content = 2; }
  message Histogram { double min = 1; double max = 2; double num = 3; double sum = 4; double sum_squares = 5;
    repeated double bucket_limit = 6; repeated double bucket = 7; }
  message HParams { int32 version = 1; SessionStart session_start_info = 3; SessionEnd session_end_info = 4; }
  message SessionStart { map<string, Any> hparams = 1; double start_time_secs = 5; }
  message SessionEnd { int32 status = 1; double end_time_secs = 2; }
  message Any { oneof kind { int32 null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; } }
`,
  { keepCase: true },
);
/** What a message of this type says. */
export const decode = (type: string, bytes: Uint8Array) =>
  root.lookupType(type).toObject(root.lookupType(type).decode(bytes), { longs: Number, arrays: true });

/** Castagnoli's polynomial, one bit after the other. */
export function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  return Number(crc ^ 0xffffffffn);
}

function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** The events of a file; throws where a checksum is wrong. */
export function eventsIn(bytes: Uint8Array) {
  const events = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(unmask(view.getUint32(at + 8, true))).toBe(slowCrc32c(bytes.subarray(at, at + 8)));
    expect(unmask(view.getUint32(at + 12 + length, true))).toBe(slowCrc32c(data));
    events.push(decode("Event", data));
    at += 16 + length;
  }
  return events;
}
