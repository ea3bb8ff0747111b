// From the configured source to an opened data set.  Not here: the sets themselves.
import Datasets

extension Configuration {
  /// Opens and checks the configured data set; `synthetic` is drawn from the run's seed.
  ///
  /// - Throws: `DatasetError` for files that are missing or damaged.
  public func openDataset() throws -> any ImageDataset {
    switch data.source {
    case .cifar10: try CIFAR10(path: data.path)
    case .synthetic: SyntheticShapes(seed: seed)
    }
  }
}
