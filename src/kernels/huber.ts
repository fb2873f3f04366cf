import functions from "../../shaders/huber.wgsl?raw";
import { defineLoss } from "./loss.ts";

/** Huber's loss with Keras's delta of 1: half the squared error up to 1, and a line beyond. shaders/huber.wgsl. */
export const huber = defineLoss("huber", functions);
