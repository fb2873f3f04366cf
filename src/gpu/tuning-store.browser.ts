/** Keeps what was measured on an adapter in the page's IndexedDB. A page that may not have one goes without. */
import { DeviceError } from "../errors.ts";
import { type Measured, readTuning, type TuningKey, tuningText } from "./tuning-record.ts";

/** As much of IndexedDB as is used here; a page's `indexedDB` is one. */
export interface KeepingFactory {
  open(name: string, version: number): KeepingRequest<KeepingDatabase> & { onupgradeneeded: Listener };
}

interface KeepingDatabase {
  createObjectStore(name: string): unknown;
  transaction(store: string, mode: IDBTransactionMode): { objectStore(name: string): KeptRecords };
  close(): void;
}

interface KeptRecords {
  get(name: string): KeepingRequest<unknown>;
  put(text: string, name: string): KeepingRequest<unknown>;
}

interface KeepingRequest<Result> {
  readonly result: Result;
  readonly error: Error | null;
  onsuccess: Listener;
  onerror: Listener;
}

type Listener = ((event: never) => void) | null;

const database = "cellgrad";
const store = "tuning";

const recordName = ({ adapter, driver, engine }: TuningKey): string => [adapter, driver, engine].join("\n");

/** What was kept; nothing if there is none, or it is broken or of another adapter. */
export async function readKeptTuning(key: TuningKey, factory: KeepingFactory | undefined): Promise<Measured> {
  try {
    const text: unknown = await transact(factory, "readonly", (records) => records.get(recordName(key)));
    return typeof text === "string" ? readTuning("tuning", text, key) : new Map();
  } catch {
    return new Map();
  }
}

/** Keeps what was measured, with what was kept before at other sites. @returns whether the page may keep anything. */
export async function keepTuning(
  key: TuningKey,
  measured: Measured,
  factory: KeepingFactory | undefined,
): Promise<boolean> {
  const all = new Map([...(await readKeptTuning(key, factory)), ...measured]);
  try {
    await transact(factory, "readwrite", (records) => records.put(tuningText(key, all), recordName(key)));
    return true;
  } catch {
    return false;
  }
}

async function transact<Result>(
  factory: KeepingFactory | undefined,
  mode: IDBTransactionMode,
  request: (records: KeptRecords) => KeepingRequest<Result>,
): Promise<Result> {
  if (!factory) throw new DeviceError("IndexedDB: expected a page that has it, got none");
  const opening = factory.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(store);
  const opened = await settled(opening);
  try {
    return await settled(request(opened.transaction(store, mode).objectStore(store)));
  } finally {
    opened.close();
  }
}

const settled = <Result>(request: KeepingRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new DeviceError("IndexedDB: expected a request to succeed, got an error"));
    };
  });
