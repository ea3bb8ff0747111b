// `transgan-dist train --dry-run`: what a training would need, without a trace of it.
// Not here: the plan itself (`TrainingPlan`).
import DataParallel
import Training

enum DryRun {
  /// Opens the data set, checks that the ranks can share the work, measures for about two seconds, and
  /// prints on rank 0; writes no file.
  static func run(_ configuration: Configuration, group: ProcessGroup) throws {
    let dataset = try configuration.openDataset()
    let plan = try TrainingPlan(configuration, ranks: group.size, dataset: dataset)
    let speed = try SpeedEstimate(configuration, group: group)
    if group.isRoot {
      print(plan.text(speed: speed, dataset: "\(dataset.name), \(dataset.count) pictures"))
    }
  }
}
