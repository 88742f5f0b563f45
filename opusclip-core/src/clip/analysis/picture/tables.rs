//! Weights of the logistic models.
//!
//! Fitted to what was measured on montages with known boundaries: seeded, of generated scenes and of single takes, joined
//! by cuts, dissolves, fades and wipes of many shapes, with flashes, strobes, shakes, pans, zooms, passing objects and
//! changes of light planted between (`benches/quality` makes such). Each line holds the weight, and the range of values
//! that were seen. Measures are taken as they are, so weights compare only within one line of measures.

use super::model::Logistic;

/// Is the change between two frames a cut? Measures of `cuts.rs`.
#[rustfmt::skip]
pub(super) const CUT: Logistic<17> = Logistic {
    bias: -7.352,
    terms: [
        (-0.379, 1.683, 5.755), // size
        (0.669, -0.615, 6.193), // over the mean beside
        (1.083, -2.496, 6.146), // over the greatest beside
        (1.446, -3.026, 6.074), // over the greatest around
        (0.580, -1.535, 6.138), // over the third greatest around
        (-2.726, 0.050, 1.000), // share that motion leaves
        (1.138, 0.686, 5.149), // what motion leaves
        (0.325, -0.511, 5.721), // the same over its neighbours
        (-2.048, 0.649, 1.000), // least across
        (1.038, -0.375, 6.089), // across over inside
        (-4.865, -0.601, 0.929), // correlation
        (1.343, 0.000, 1.594), // share that light leaves
        (1.919, 0.005, 1.000), // histograms
        (0.519, 0.000, 1.209), // contrast
        (2.474, 0.018, 1.115), // share that motion and light leave
        (0.384, 0.096, 6.409), // over the quieter side
        (3.582, 0.061, 1.000), // changed
    ],
};

/// Is a stretch a dissolve? Measures of `describe.rs`.
#[rustfmt::skip]
pub(super) const DISSOLVE: Logistic<29> = Logistic {
    bias: 8.386,
    terms: [
        (1.485, 2.621, 5.609), // size
        (-4.047, 0.285, 1.000), // directness
        (-17.525, 0.000, 0.199), // detour
        (-10.728, 0.007, 0.444), // unmixed
        (-172.799, 0.000, 0.018), // back
        (-12.462, 0.028, 0.472), // jump
        (-3.726, 0.002, 0.343), // bent
        (1.325, -0.730, 1.000), // correlation
        (-0.740, 0.018, 1.156), // share that light leaves
        (-7.988, 0.258, 0.992), // share that motion leaves
        (1.637, 1.988, 5.185), // what motion leaves
        (3.000, 0.228, 1.000), // share that motion leaves of a step
        (-4.751, -4.017, 0.267), // outside over inside
        (-6.108, 0.417, 1.000), // changed
        (15.634, 0.004, 0.246), // spread
        (1.098, 0.168, 1.621), // rough
        (18.489, 0.161, 0.329), // halfway
        (4.685, 0.000, 0.490), // beyond
        (0.686, -2.015, 0.726), // length
        (-22.423, 0.463, 1.000), // least contrast
        (-4.250, 0.071, 1.278), // contrast
        (9.916, 0.013, 1.000), // histograms
        (0.474, 0.640, 4.225), // step
        (0.385, 0.136, 0.448), // peaked
        (-1.583, 0.000, 0.404), // spread of peaks
        (-1.774, 0.000, 1.237), // rough peaks
        (15.673, 0.019, 1.093), // share that motion and light leave
        (0.574, -4.750, 1.508), // colour over luma
        (1.126, 0.066, 1.797), // share that motion and light leave of a step
    ],
};

/// Is a stretch a wipe? Measures of `describe.rs`.
#[rustfmt::skip]
pub(super) const WIPE: Logistic<29> = Logistic {
    bias: -28.780,
    terms: [
        (0.459, 3.193, 5.793), // size
        (-4.087, 0.194, 0.992), // directness
        (-10.383, 0.001, 0.385), // detour
        (-1.227, 0.177, 0.722), // unmixed
        (-13.177, 0.000, 0.183), // back
        (-8.080, 0.044, 0.587), // jump
        (4.203, 0.012, 0.398), // bent
        (1.291, -0.709, 0.953), // correlation
        (1.145, 0.047, 1.139), // share that light leaves
        (-5.970, 0.255, 0.925), // share that motion leaves
        (1.954, 2.004, 4.773), // what motion leaves
        (2.632, 0.125, 0.955), // share that motion leaves of a step
        (-2.647, -3.833, 0.265), // outside over inside
        (6.796, 0.613, 1.000), // changed
        (10.257, 0.147, 0.383), // spread
        (3.613, 0.053, 0.973), // rough
        (-19.666, 0.002, 0.222), // halfway
        (4.837, 0.000, 0.220), // beyond
        (0.466, -1.609, 0.773), // length
        (11.843, 0.512, 1.000), // least contrast
        (-3.009, 0.151, 1.215), // contrast
        (5.929, 0.011, 0.986), // histograms
        (0.604, 1.468, 4.307), // step
        (-2.301, 0.218, 0.983), // peaked
        (9.595, 0.192, 0.335), // spread of peaks
        (-9.229, 0.036, 0.746), // rough peaks
        (1.760, 0.058, 1.005), // share that motion and light leave
        (0.610, -4.784, 1.659), // colour over luma
        (3.669, 0.173, 1.203), // share that motion and light leave of a step
    ],
};

/// Do two frames lie in different shots? Measures of `compare.rs`.
#[rustfmt::skip]
pub(super) const APART: Logistic<10> = Logistic {
    bias: -3.306,
    terms: [
        (-3.571, 0.443, 5.879), // size
        (2.744, 0.424, 5.873), // coarse size
        (1.920, 0.211, 5.413), // what motion leaves
        (-6.678, 0.037, 1.000), // share that motion leaves
        (-2.486, -0.777, 1.000), // correlation
        (0.322, 0.000, 1.507), // share that light leaves
        (9.994, 0.004, 1.000), // histograms
        (0.177, 0.000, 1.270), // contrast
        (6.071, 0.005, 1.335), // share that motion and light leave
        (0.479, -5.454, 3.711), // colour over luma
    ],
};
