/** Ends a test run with one line that reads the same whatever ran: `340 passed, 0 failed`. */
import type { Reporter, TestModule } from "vitest/node";

/** A test or a file that failed counts as failed: a file may fail before its tests are known. */
export class TotalReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const total = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== "pending") total[state]++;
      }
      if (module.errors().length > 0) total.failed++;
    }
    const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
    console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  }
}
