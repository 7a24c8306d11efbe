-- The instruments that come with the extension. No wording of items: most of it is copyrighted.

INSERT INTO @extschema@.instrument_definition (definition) VALUES
($json${
    "name": "GHQ-12",
    "version": "1",
    "label": "General Health Questionnaire, 12 items",
    "items": 12,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "likert": {"label": "0-1-2-3", "map": [0, 1, 2, 3], "range": [0, 36]},
        "bimodal": {"label": "0-0-1-1", "map": [0, 0, 1, 1], "range": [0, 12],
            "cutoffs": [{"value": 4, "label": "UK prevalence series"}, {"value": 3, "label": "lower cut-off, also in use"}]},
        "cghq": {"label": "C-GHQ: 0-0-1-1, negative items 0-1-1-1", "map": [0, 0, 1, 1],
            "map_of": [{"items": [2, 5, 6, 9, 10, 11], "map": [0, 1, 1, 1]}], "range": [0, 12]}
    },
    "source": "Goldberg and Williams 1988, A User's Guide to the General Health Questionnaire; Goldberg et al. 1997, Psychological Medicine 27:191-197; C-GHQ: Goodchild and Duncan-Jones 1985, British Journal of Psychiatry 146:55-61",
    "notes": "Code 0 is the healthiest answer of positive and negative items alike, so no item is reversed. Likert has no agreed cut-off."
}$json$),
($json${
    "name": "PHQ-9",
    "version": "1",
    "label": "Patient Health Questionnaire, depression, 9 items",
    "items": 9,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 27],
            "cutoffs": [{"value": 10, "label": "depression"}],
            "bands": [{"from": 0, "label": "minimal"}, {"from": 5, "label": "mild"}, {"from": 10, "label": "moderate"},
                {"from": 15, "label": "moderately severe"}, {"from": 20, "label": "severe"}]}
    },
    "source": "Kroenke, Spitzer and Williams 2001, Journal of General Internal Medicine 16:606-613",
    "notes": "The question on impairment is not scored."
}$json$),
($json${
    "name": "PHQ-8",
    "version": "1",
    "label": "Patient Health Questionnaire, depression, 8 items",
    "items": 8,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 24],
            "cutoffs": [{"value": 10, "label": "depression"}],
            "bands": [{"from": 0, "label": "minimal"}, {"from": 5, "label": "mild"}, {"from": 10, "label": "moderate"},
                {"from": 15, "label": "moderately severe"}, {"from": 20, "label": "severe"}]}
    },
    "source": "Kroenke et al. 2009, Journal of Affective Disorders 114:163-173"
}$json$),
($json${
    "name": "PHQ-2",
    "version": "1",
    "label": "Patient Health Questionnaire, depression, 2 items",
    "items": 2,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 6],
            "cutoffs": [{"value": 3, "label": "depression"}, {"value": 2, "label": "more sensitive"}]}
    },
    "source": "Kroenke, Spitzer and Williams 2003, Medical Care 41:1284-1292; cut-off 2: Arroll et al. 2010, Annals of Family Medicine 8:348-353"
}$json$),
($json${
    "name": "GAD-7",
    "version": "1",
    "label": "Generalised Anxiety Disorder scale, 7 items",
    "items": 7,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 21],
            "cutoffs": [{"value": 10, "label": "anxiety"}, {"value": 8, "label": "best balance in a meta-analysis"}],
            "bands": [{"from": 0, "label": "minimal"}, {"from": 5, "label": "mild"}, {"from": 10, "label": "moderate"},
                {"from": 15, "label": "severe"}]}
    },
    "source": "Spitzer et al. 2006, Archives of Internal Medicine 166:1092-1097; cut-off 8: Plummer et al. 2016, General Hospital Psychiatry 39:24-31"
}$json$),
($json${
    "name": "GAD-2",
    "version": "1",
    "label": "Generalised Anxiety Disorder scale, 2 items",
    "items": 2,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 6], "cutoffs": [{"value": 3, "label": "anxiety"}]}
    },
    "source": "Kroenke et al. 2007, Annals of Internal Medicine 146:317-325; Plummer et al. 2016, General Hospital Psychiatry 39:24-31"
}$json$),
($json${
    "name": "K6",
    "version": "1",
    "label": "Kessler psychological distress scale, 6 items, coded 0 to 4",
    "items": 6,
    "codes": [0, 1, 2, 3, 4],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 24],
            "cutoffs": [{"value": 13, "label": "serious"}, {"value": 5, "label": "moderate"}],
            "bands": [{"from": 0, "label": "none or low"}, {"from": 5, "label": "moderate"}, {"from": 13, "label": "serious"}]}
    },
    "source": "Kessler et al. 2003, Archives of General Psychiatry 60:184-189; moderate: Prochaska et al. 2012, International Journal of Methods in Psychiatric Research 21:88-97",
    "notes": "The cut-offs are for answers coded 0 to 4. Where they are coded 1 to 5, say code_base => 1."
}$json$),
($json${
    "name": "K10",
    "version": "1",
    "label": "Kessler psychological distress scale, 10 items, coded 1 to 5",
    "items": 10,
    "codes": [1, 2, 3, 4, 5],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [10, 50],
            "bands": [{"from": 10, "label": "low"}, {"from": 16, "label": "moderate"}, {"from": 22, "label": "high"},
                {"from": 30, "label": "very high"}]}
    },
    "source": "Kessler et al. 2002, Psychological Medicine 32:959-976; bands: Australian Bureau of Statistics 2012, Information Paper 4817.0.55.001",
    "notes": "The Australian survey of 1997 was scored the other way round. No single cut-off is agreed on."
}$json$),
($json${
    "name": "K10-0",
    "version": "1",
    "label": "Kessler psychological distress scale, 10 items, coded 0 to 4",
    "items": 10,
    "codes": [0, 1, 2, 3, 4],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 40]}
    },
    "source": "Kessler et al. 2002, Psychological Medicine 32:959-976; both ranges: Australian Bureau of Statistics 2012, Information Paper 4817.0.55.001",
    "notes": "Ten less than K10. The bands of K10 are not for this range."
}$json$),
($json${
    "name": "SWEMWBS",
    "version": "1",
    "label": "Short Warwick-Edinburgh Mental Wellbeing Scale, 7 items",
    "items": 7,
    "codes": [1, 2, 3, 4, 5],
    "higher_is": "better",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "metric": {"label": "transformed by the published table", "range": [7, 35],
            "lookup": {"from": 7, "values": [7.00, 9.51, 11.25, 12.40, 13.33, 14.08, 14.75, 15.32, 15.84, 16.36, 16.88, 17.43, 17.98, 18.59,
                19.25, 19.98, 20.73, 21.54, 22.35, 23.21, 24.11, 25.03, 26.02, 27.03, 28.13, 29.31, 30.70, 32.55, 35.00]}},
        "raw": {"label": "plain sum", "range": [7, 35]}
    },
    "source": "Stewart-Brown et al. 2009, Health and Quality of Life Outcomes 7:15",
    "notes": "Metric and raw scores have the same range and are not the same: compare like with like. The table is for complete answers."
}$json$),
($json${
    "name": "WEMWBS",
    "version": "1",
    "label": "Warwick-Edinburgh Mental Wellbeing Scale, 14 items",
    "items": 14,
    "codes": [1, 2, 3, 4, 5],
    "higher_is": "better",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [14, 70]}
    },
    "source": "Tennant et al. 2007, Health and Quality of Life Outcomes 5:63"
}$json$),
($json${
    "name": "WHO-5",
    "version": "1",
    "label": "World Health Organization Well-Being Index, 5 items",
    "items": 5,
    "codes": [0, 1, 2, 3, 4, 5],
    "higher_is": "better",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "percent": {"label": "four times the sum", "multiply": 4, "range": [0, 100],
            "cutoffs": [{"value": 50, "label": "poor well-being"}]},
        "raw": {"label": "plain sum", "range": [0, 25]}
    },
    "source": "Topp et al. 2015, Psychotherapy and Psychosomatics 84:167-176"
}$json$),
($json${
    "name": "CORE-10",
    "version": "1",
    "label": "Clinical Outcomes in Routine Evaluation, 10 items",
    "items": 10,
    "codes": [0, 1, 2, 3, 4],
    "reversed": [2, 3],
    "higher_is": "worse",
    "missing": {"max": 1, "prorate": true},
    "methods": {
        "clinical": {"label": "ten times the mean", "range": [0, 40],
            "cutoffs": [{"value": 11, "label": "psychological distress"}, {"value": 13, "label": "depression"}],
            "bands": [{"from": 0, "label": "below the clinical cut-off"}, {"from": 11, "label": "mild"}, {"from": 15, "label": "moderate"},
                {"from": 20, "label": "moderate to severe"}, {"from": 25, "label": "severe"}]}
    },
    "source": "Barkham et al. 2013, Counselling and Psychotherapy Research 13:3-13; Connell and Barkham 2007, CORE-10 User Manual"
}$json$),
($json${
    "name": "CES-D-20",
    "version": "1",
    "label": "Center for Epidemiologic Studies Depression scale, 20 items",
    "items": 20,
    "codes": [0, 1, 2, 3],
    "reversed": [4, 8, 12, 16],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 60], "cutoffs": [{"value": 16, "label": "depression"}]}
    },
    "source": "Radloff 1977, Applied Psychological Measurement 1:385-401"
}$json$),
($json${
    "name": "CES-D-8-ESS",
    "version": "1",
    "label": "Center for Epidemiologic Studies Depression scale, 8 items of how often, as in the European Social Survey",
    "items": 8,
    "codes": [1, 2, 3, 4],
    "reversed": [4, 6],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"map": [0, 1, 2, 3], "range": [0, 24]}
    },
    "source": "Van de Velde et al. 2010, Social Science Research 39:396-404; Radloff 1977, Applied Psychological Measurement 1:385-401",
    "notes": "Give the items in this order, by the survey's variables: fltdpr, flteeff, slprl, wrhpp, fltlnl, enjlf, fltsd, cldgng. Not comparable with CES-D-8-HRS."
}$json$),
($json${
    "name": "CES-D-8-HRS",
    "version": "1",
    "label": "Center for Epidemiologic Studies Depression scale, 8 items of yes or no, as in the Health and Retirement Study",
    "items": 8,
    "codes": [0, 1],
    "reversed": [4, 6],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "count": {"range": [0, 8]}
    },
    "source": "Steffick 2000, HRS/AHEAD Documentation Report DR-005, University of Michigan",
    "notes": "1 is yes. Give the items in the order they are asked, by RAND's variables: depres, effort, sleepr, whappy, flone, enlife, fsad, going (RAND's files list enlife last). Not comparable with CES-D-8-ESS."
}$json$),
($json${
    "name": "UCLA-3",
    "version": "1",
    "label": "UCLA loneliness scale, 3 items",
    "items": 3,
    "codes": [1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [3, 9]}
    },
    "source": "Hughes et al. 2004, Research on Aging 26:655-672"
}$json$),
($json${
    "name": "SDQ",
    "version": "1",
    "label": "Strengths and Difficulties Questionnaire, 25 items",
    "items": 25,
    "codes": [0, 1, 2],
    "reversed": [7, 11, 14, 21, 25],
    "higher_is": "worse",
    "missing": {"max": 2, "prorate": true},
    "methods": {
        "total": {"label": "total difficulties", "sum_of": ["emotional", "conduct", "hyperactivity", "peer"], "range": [0, 40]}
    },
    "subscales": {
        "emotional": {"items": [3, 8, 13, 16, 24], "round": true, "range": [0, 10]},
        "conduct": {"items": [5, 7, 12, 18, 22], "round": true, "range": [0, 10]},
        "hyperactivity": {"items": [2, 10, 15, 21, 25], "round": true, "range": [0, 10]},
        "peer": {"items": [6, 11, 14, 19, 23], "round": true, "range": [0, 10]},
        "prosocial": {"items": [1, 4, 9, 17, 20], "round": true, "range": [0, 10], "higher_is": "better"}
    },
    "source": "Goodman 1997, Journal of Child Psychology and Psychiatry 38:581-586; scoring instructions of sdqinfo.org, 2014",
    "notes": "A scale needs three of its five answers; it is rounded when prorated. Bands differ by informant, age and country, so none is given."
}$json$),
($json${
    "name": "BDI-II",
    "version": "1",
    "label": "Beck Depression Inventory, second edition, 21 items",
    "items": 21,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "methods": {
        "sum": {"range": [0, 63],
            "bands": [{"from": 0, "label": "minimal"}, {"from": 14, "label": "mild"}, {"from": 20, "label": "moderate"},
                {"from": 29, "label": "severe"}]}
    },
    "source": "Beck, Steer and Brown 1996, Manual for the Beck Depression Inventory-II",
    "notes": "Items 16 and 18 have seven options, which count 0, 1, 1, 2, 2, 3, 3."
}$json$),
($json${
    "name": "DASS-21",
    "version": "1",
    "label": "Depression Anxiety Stress Scales, 21 items",
    "items": 21,
    "codes": [0, 1, 2, 3],
    "higher_is": "worse",
    "missing": {"max": 0, "prorate": false},
    "subscales": {
        "depression": {"items": [3, 5, 10, 13, 16, 17, 21], "multiply": 2, "range": [0, 42],
            "bands": [{"from": 0, "label": "normal"}, {"from": 10, "label": "mild"}, {"from": 14, "label": "moderate"},
                {"from": 21, "label": "severe"}, {"from": 28, "label": "extremely severe"}]},
        "anxiety": {"items": [2, 4, 7, 9, 15, 19, 20], "multiply": 2, "range": [0, 42],
            "bands": [{"from": 0, "label": "normal"}, {"from": 8, "label": "mild"}, {"from": 10, "label": "moderate"},
                {"from": 15, "label": "severe"}, {"from": 20, "label": "extremely severe"}]},
        "stress": {"items": [1, 6, 8, 11, 12, 14, 18], "multiply": 2, "range": [0, 42],
            "bands": [{"from": 0, "label": "normal"}, {"from": 15, "label": "mild"}, {"from": 19, "label": "moderate"},
                {"from": 26, "label": "severe"}, {"from": 34, "label": "extremely severe"}]}
    },
    "source": "Lovibond and Lovibond 1995, Manual for the Depression Anxiety Stress Scales, second edition",
    "notes": "Sums are doubled, so that they compare with those of the 42 items."
}$json$);
