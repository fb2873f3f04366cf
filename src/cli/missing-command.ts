/** Says that a command or a subcommand is missing; the help follows. */
export const missingCommand = "expected a command, got none";
