import functions from "../../shaders/mse.wgsl?raw";
import { defineLoss } from "./loss.ts";

/** The mean squared error. shaders/mse.wgsl. */
export const mse = defineLoss("mse", functions);
