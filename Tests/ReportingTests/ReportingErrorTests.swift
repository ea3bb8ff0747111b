// Every error's words and exit code; the words are the promise, so they stand here in full.
import Diagnostics
import Glibc
import Reporting
import Testing

@Suite struct ReportingErrorTests {
  @Test(
    arguments: [
      (
        .cannotCreate(path: "/a/log\u{1B}.txt", errno: EACCES), .cannotCreate,
        "cannot create /a/log\\u{1b}.txt: Permission denied (errno 13); check the folder and its"
          + " permissions"
      ),
      (
        .cannotRead(path: "stats.jsonl", errno: EIO), .missingInput,
        "cannot read stats.jsonl: Input/output error (errno 5); check the file and its permissions"
      ),
      (
        .cannotWrite(path: "a.png", errno: ENOSPC), .cannotWrite,
        "cannot write to a.png: No space left on device (errno 28); free space or quota on its disk"
      ),
      (
        .torn(path: "events"), .cannotWrite,
        "events ends in half a record after a failed write, so nothing more is added to it; free space"
          + " on its disk and resume the run"
      ),
      (
        .wrongPixelCount(found: 5, width: 2, height: 3, count: 1), .internalError,
        "found 5 values for 1 picture(s) of 2 x 3 pixels, expected positive sides and 3 values a pixel;"
          + " this is a fault of the caller, please report it"
      ),
      (
        .wrongGrid(columns: 0, gap: -1, scale: 1), .internalError,
        "found a picture grid of 0 columns, gap -1, scale 1, expected at least one column, a gap of 0 or"
          + " more and a scale of 1 or more; correct the setting"
      ),
      (
        .png("no"), .internalError,
        "libpng failed: no; this is a fault of the program, please report it"
      ),
    ] as [(ReportingError, ExitCode, String)])
  func sentences(error: ReportingError, code: ExitCode, sentence: String) {
    #expect(error.description == sentence)
    #expect(error.exitCode == code)
  }
}
