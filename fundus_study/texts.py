"""Texts that are data elsewhere, named here so that gettext finds them."""

from django.utils.translation import gettext_noop as _

DOMAIN_TEXTS = (
    _("Colour fundus photography"),
    _("fundus photograph"),
    _("Normal"),
    _("Glaucoma"),
    _("Diabetic Retinopathy"),
    _("Macular Degeneration"),
    _("How confident are you that this image is manipulated?"),
)
READING_TEXTS = (
    _(
        "You are asked to read fundus photographs for a study of how well doctors and "
        "programs recognise manipulated images. Your ratings, the time that each took, "
        "and what you told about your screen are stored under a pseudonym; your name "
        "and e-mail address stay with the coordinator and appear in no result. Taking "
        "part is voluntary. You may stop at any time, without giving a reason and "
        "without any disadvantage, by withdrawing on the first page."
    ),
    _(
        "Judge each image by itself and follow your first impression as you would in "
        "clinic. Do not discuss the images with other readers before the study is over."
    ),
    _("certainly original"),
    _("probably original"),
    _("rather original"),
    _("undecided"),
    _("rather manipulated"),
    _("probably manipulated"),
    _("certainly manipulated"),
)
PROTOCOL_TEXTS = (
    _("Ophthalmologists"),
    _("General doctors"),
    _("not at all"),
    _("undecided"),
    _("certain"),
    _("The image cannot be judged"),
    _("Technical fault"),
)
AUDIT_TEXTS = (
    _("study created"),
    _("protocol changed"),
    _("role given"),
    _("reader enrolled"),
    _("reader removed"),
    _("protocol amended"),
    _("reader excluded"),
    _("reader replaced"),
    _("plan sealed"),
    _("place sealed"),
    _("reminder sent"),
    _("due date set"),
    _("study frozen"),
    _("study opened"),
    _("session started"),
    _("session finished"),
    _("consent given"),
    _("consent withdrawn"),
    _("invitation sent"),
    _("invitation ended"),
    _("invitation accepted"),
    _("truth opened"),
    _("study closed"),
    _("study locked"),
    _("analysed"),
    _("scored"),
    _("reported"),
    _("blinding audited"),
)
REASON_TEXTS = (
    _("left eye"),
    _("A left eye; this pool takes right eyes."),
    _("unknown eye"),
    _("Nothing says which eye it is; this pool takes right eyes."),
    _("no keywords"),
    _("The eye has no diagnostic keywords."),
    _("no lesion of the study"),
    _("None of the keywords names a lesion of the study."),
    _("several lesions"),
    _("The keywords name more than one lesion of the study."),
    _("suspected lesion"),
    _("A lesion of the study is only suspected."),
    _("other finding"),
    _("The keywords name another finding beside the lesion."),
    _("not gradable"),
    _("The annotators say that the picture cannot be judged."),
    _("too small"),
    _("The field of view is too small."),
    _("too black"),
    _("Too much of the frame is black."),
    _("odd shape"),
    _("The field of view is not round."),
    _("cut off"),
    _("The frame cuts the disc off."),
    _("too dark"),
    _("The retina is too dark."),
    _("blurred"),
    _("The retina is blurred."),
    _("vessels not visible"),
    _("The vessels are not visible."),
    _("near duplicate"),
    _("Nearly the same picture as another one of the pool."),
    _("not drawn"),
    _("More of this lesion than wanted; the seed drew others."),
    _("None of these"),
)
"""Why an image is left out: a name and a sentence each; and of no lesion."""
RECIPE_TEXTS = (
    _("U-Net of the paper"),
    _("Residual U-Net"),
    _("CycleGAN"),
    _("U-Net that converts"),
    _("Inserted findings"),
    _("Removed findings"),
    _("Splice"),
    _("Classical in-painting"),
    _("Sparse CNN of the paper"),
    _("Forensic detector"),
)
ANALYSIS_TEXTS = (
    _("area under the empirical ROC curve, ties one half, never flipped"),
    _(
        "one reader or the detector: Newcombe 2006 method 5 when a class has fewer "
        "than 10 cases, the area is beyond 0.05 to 0.95 or DeLong's variance is zero, "
        "else logit-DeLong"
    ),
    _(
        "means and differences: recovered from these (MOVER) with DeLong's correlation "
        "between readers"
    ),
    _("mean over readers, readers fixed, cases random"),
    _("mean over lesions, lesions independent"),
    _("of a group: over its readers, then over lesions"),
    _("(sensitivity + specificity) / 2 at the threshold: what the paper prints as AUC"),
    _("precision, recall and F1 of each class at the threshold"),
    _("detector minus group, also in per cent points (times 100)"),
    _("empirical AUC of one reader"),
    _("Newcombe 2006, method 5"),
    _("MOVER, readers fixed"),
    _("below 0.5: originals were scored above manipulated cases"),
    _("a group has two readers: the fixed-reader test leads"),
    _("fewer than 2 degrees of freedom: very wide"),
    _("interval cut to [-1, 1]"),
    _("there is one lesion only"),
    _("variance zero: DeLong and bootstrap intervals undefined"),
    _("Cov2 < 0: it is taken as 0"),
    _("Cov2 < Cov3: their difference is taken as 0"),
    _("Cov2 of both groups less twice Cov3 is negative: it is taken as 0"),
    _("two readers: few degrees of freedom"),
    _("lead with the fixed-reader test"),
    _("one reader: random readers are not available"),
    _("see the fixed-reader test"),
    _("scores are missing: unbiased covariance over the common cases"),
    _("needs >= 2 cases per class"),
    _("the detector or a reader lacks a class"),
    _("the model did not converge: no effects are given"),
)
"""Parts between semicolons of what the analysis says of its numbers."""
RECIPE_SENTENCES = (
    _(
        "Repaints a whole photograph through a U-Net that learned to reproduce the "
        "photographs of one lesion, then blurs it, as in the paper."
    ),
    _(
        "Softens a whole photograph and lets a U-Net paint its detail anew, as the "
        "paper's follow-up does with a residual U-Net."
    ),
    _(
        "Turns photographs of one lesion into another's, normal ones for one, learned "
        "from unpaired photographs of both."
    ),
    _(
        "Turns the photographs of one lesion into another's where a map that it "
        "learned says so, and leaves the rest."
    ),
    _(
        "Draws microaneurysms, haemorrhages, hard exudates, drusen or a larger cup "
        "into a photograph; needs no training."
    ),
    _(
        "Paints findings over with the retina around them; vessels and background go "
        "on; needs no training."
    ),
    _(
        "Pastes a piece of another patient's photograph, Poisson-blended; needs no "
        "training, and detectors never learn from it."
    ),
    _(
        "Cuts pieces out and in-paints them from their edges; needs no training, and "
        "detectors never learn from it."
    ),
    _(
        "A small network that keeps pixel values and pixel differences through "
        "concatenated paths, without dropout, as in the paper."
    ),
    _(
        "Noise residuals, densely concatenated stages and a tamper map, trained on "
        "twins under ever stronger laundering."
    ),
)
