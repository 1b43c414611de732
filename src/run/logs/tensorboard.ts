/**
 * TensorBoard's event files: scalars, histograms and hyper-parameters. Records are framed as TFRecords
 * (https://www.tensorflow.org/tutorials/load_data/tfrecord), each an Event of TensorFlow's event.proto and summary.proto;
 * hyper-parameters are those of TensorBoard's hparams plugin (its plugin_data.proto).
 */
import { hostname } from "node:os";
import { join } from "node:path";
import { doubleField, doublesField, field, floatField, integerField, message } from "../../deploy/protobuf.js";
import { append, writeAtomically } from "../artifacts.js";
import { maskedCrc } from "./crc32c.js";
import type { Log } from "./log.js";

/** Hyper-parameters by their names. */
export type HyperParameters = Readonly<Record<string, unknown>>;

const BUCKETS = 30;

/** Opens an event file in a folder, under the kind of name that TensorBoard looks for, and records the hyper-parameters in it. */
export function tensorboardLog(folder: string, hyperParameters: HyperParameters, now: () => number = Date.now): Log {
  const path = join(folder, `events.out.tfevents.${Math.floor(now() / 1000)}.${hostname()}.${process.pid}`);
  writeAtomically(path, framed(event(now(), 0, field(3, "brain.Event:2"))));
  const write = (step: number, ...values: readonly Uint8Array[]) => {
    const summary = message(...values.map((value) => field(1, value)));
    append(path, framed(event(now(), step, field(5, summary))));
  };
  write(0, hyperParameterValue("_hparams_/session_start_info", field(3, sessionStart(hyperParameters, now() / 1000))));
  return {
    scalars(step, values) {
      const finite = Object.entries(values).filter(([, value]) => Number.isFinite(value));
      if (finite.length > 0) write(step, ...finite.map(([name, value]) => message(field(1, name), floatField(2, value))));
    },
    histogram(step, name, values) {
      write(step, message(field(1, name), field(5, histogram(values))));
    },
    close() {
      write(0, hyperParameterValue("_hparams_/session_end_info", field(4, message(integerField(1, 1), doubleField(2, now() / 1000)))));
    },
  };
}

/** @param milliseconds wall time @param what the field that says what happened */
function event(milliseconds: number, step: number, what: Uint8Array): Uint8Array {
  return message(doubleField(1, milliseconds / 1000), integerField(2, step), what);
}

/** A TFRecord: the length and its checksum, the data and its checksum. */
function framed(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** HistogramProto with buckets of equal width, of the values that are finite. */
function histogram(all: Float32Array): Uint8Array {
  const values = all.filter(Number.isFinite);
  const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  const width = (high - low) / BUCKETS || 1;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const value of values) {
    const bucket = Math.min(BUCKETS - 1, Math.floor((value - low) / width));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const limits = counts.map((_, i) => low + width * (i + 1));
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  if (values.length === 0) return message(doubleField(3, 0));
  return message(
    ...[low, high, values.length, sum, squares].map((value, i) => doubleField(i + 1, value)),
    doublesField(6, limits),
    doublesField(7, counts),
  );
}

/** A value of the hparams plugin, whose content stands in its metadata. */
function hyperParameterValue(tag: string, content: Uint8Array): Uint8Array {
  const plugin = message(field(1, "hparams"), field(2, message(integerField(1, 0), content)));
  return message(field(1, tag), field(9, message(field(1, plugin))));
}

function sessionStart(hyperParameters: HyperParameters, seconds: number): Uint8Array {
  const entries = Object.entries(hyperParameters).map(([name, value]) => field(1, message(field(1, name), field(2, protobufValue(value)))));
  return message(...entries, doubleField(5, seconds));
}

/** google.protobuf.Value */
function protobufValue(value: unknown): Uint8Array {
  if (typeof value === "number") return doubleField(2, value);
  if (typeof value === "boolean") return integerField(4, value ? 1 : 0);
  return field(3, typeof value === "string" ? value : JSON.stringify(value));
}
