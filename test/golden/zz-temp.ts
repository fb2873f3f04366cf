import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { readFileSync, writeFileSync } from "node:fs";
import { decodeGolden, encodeGolden } from "./codec.ts";
import { activationGoldens } from "./tfjs-ops.ts";
import { readUnchecked } from "./tfjs-rnet.ts";
import { trajectoryGoldens } from "./tfjs-trajectories.ts";
import { setup, trajectoryCases, type TrajectoryGoldens } from "./trajectories.ts";
await tf.setBackend("cpu");
const { softmax } = activationGoldens();
writeFileSync("/tmp/net-softmax.json", encodeGolden({ softmax }));
readUnchecked();
const old = (decodeGolden(readFileSync("test/golden/trajectories.json", "utf8")) as TrajectoryGoldens).trajectories;
const changed = (label: string) => /SGD|R-Net/.test(label);
const fresh = trajectoryGoldens(changed);
const merged = trajectoryCases.map(({ label }) => (changed(label) ? fresh : old).find((own) => own.label === label));
const notes = [
  "RMSprop: epsilon inside the root. Adam: epsilon / sqrt(1 - beta2^t) at step t, as in ops.json.",
  "Penalties: l1 * sum |w| + l2 * sum w^2 over kernels, added to the loss that is differentiated.",
  "Sensitivity: the same with every pixel moved by 1e-7, up or down at random.",
];
writeFileSync(
  "test/golden/trajectories.json",
  encodeGolden({ source: { tfjs: tf.version_core, backend: tf.getBackend(), notes }, setup, trajectories: merged }),
);
